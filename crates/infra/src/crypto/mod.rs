//! Keys, secrets, tokens, encryption and passwords.

mod access_tokens;
mod answer_sealer;
mod cipher;
mod key_derivation;
mod password_scheme;
mod passwords;
mod secret_source;
mod secrets_file;
mod signing_rotation;
mod strength;

pub use crate::nice_pool::HashCounters;
use access_tokens::LEEWAY;
pub use access_tokens::{SignedTokens, TokenAlgorithm, TokenKeyError, TokenSettings};
pub use answer_sealer::RequestSealer;
pub use cipher::{AeadCipher, PayloadCipher};
pub use passwords::{BcryptHasher, HasherError, PasswordSettings, default_permits};
pub use secret_source::ServerSecrets;
pub use secrets_file::{Secrets, SecretsError};
pub use signing_rotation::SigningRotation;
pub use strength::ZxcvbnStrength;
