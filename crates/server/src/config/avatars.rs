//! Settings of avatars.

use std::net::SocketAddr;

use serde::Deserialize;

use super::readers::optional;
use super::values::{AccessSecret, PublicUrl, StorageUrl};

/// Avatars.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Avatars {
    /// Whether pictures may be fetched from addresses that are not public and
    /// from any port. For tests only: it opens the network that the service is
    /// in to everybody who is signed in. `false`.
    pub(crate) allow_private_sources: bool,
    /// Address and port of the name server to ask for the hosts of pictures.
    /// Those of the system.
    #[serde(deserialize_with = "optional")]
    pub(crate) dns_server: Option<SocketAddr>,
    /// Where pictures are kept: a folder, or `s3://bucket/prefix`.
    /// `<data_dir>/media`.
    #[serde(deserialize_with = "optional")]
    pub(crate) storage_url: Option<StorageUrl>,
    /// The server of the bucket. Amazon's in the region.
    #[serde(deserialize_with = "optional")]
    pub(crate) s3_endpoint: Option<PublicUrl>,
    /// The region of the bucket. `AWS_REGION`, else `us-east-1`.
    #[serde(deserialize_with = "optional")]
    pub(crate) s3_region: Option<String>,
    /// Id of the access key. `AWS_ACCESS_KEY_ID`, else the role of the machine.
    #[serde(deserialize_with = "optional")]
    pub(crate) s3_access_key_id: Option<String>,
    /// The access key. `AWS_SECRET_ACCESS_KEY`, else the role of the machine.
    #[serde(deserialize_with = "optional")]
    pub(crate) s3_secret_access_key: Option<AccessSecret>,
}
