//! What follows from several settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use vestibule_infra::database::Location;
use vestibule_infra::mail::{LetterSettings, LinkPaths};

use super::Settings;

impl Settings {
    /// Where clients reach the service that listens on `listen`; ends without
    /// a slash.
    pub(crate) fn public_url(&self, listen: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.as_str().to_owned(),
            None => format!("http://{listen}"),
        }
    }

    /// The file with the server's keys.
    pub(crate) fn secrets_file(&self) -> PathBuf {
        match &self.secrets_file {
            Some(path) => path.clone(),
            None => self.data_dir.join("secrets.json"),
        }
    }

    /// Mail that is written to a file.
    pub(crate) fn letters(&self, public_url: String) -> LetterSettings {
        LetterSettings {
            public_url,
            from: self.mail.from.clone(),
            templates: self.mail.templates_dir.clone(),
            paths: LinkPaths {
                verify_email: self.mail.verify_path.as_str().to_owned(),
                reset_password: self.mail.reset_path.as_str().to_owned(),
                email_change: self.mail.email_change_path.as_str().to_owned(),
                undo_email_change: self.mail.undo_path.as_str().to_owned(),
                invitation: self.mail.invitation_path.as_str().to_owned(),
            },
        }
    }

    /// The page that users come back to from an identity provider.
    pub(crate) fn identity_return_url(&self, public_url: &str) -> String {
        match &self.identities.return_url {
            Some(url) => url.as_str().to_owned(),
            None => format!("{public_url}/identities/return"),
        }
    }

    /// Where the database is.
    pub(crate) fn location(&self) -> Location {
        match &self.database_url {
            Some(url) => url.location().clone(),
            None => Location::File(self.data_dir.join("vestibule.db")),
        }
    }

    /// `iss` of the tokens. Not of the listening address: several instances
    /// accept each other's tokens.
    pub(crate) fn issuer(&self) -> String {
        match (&self.tokens.issuer, &self.public_url) {
            (Some(issuer), _) => issuer.clone(),
            (None, Some(url)) => url.as_str().to_owned(),
            (None, None) => "vestibule".to_owned(),
        }
    }
}
