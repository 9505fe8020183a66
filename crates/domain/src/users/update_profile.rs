use std::sync::Arc;

use super::{
    Account, Bio, OtherId, PersonName, UpdateError, UpdateUser, UserChanges, Users, Visibility,
};
use crate::kernel::{Patch, UserId, Version, Write};
use crate::preferences::PreferenceChanges;

/// What users change about themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateProfile {
    /// First name.
    pub first_name: Option<PersonName>,
    /// Last name.
    pub last_name: Option<PersonName>,
    /// What users tell about themselves.
    pub bio: Patch<Bio>,
    /// Who sees the user's messages unless said otherwise.
    pub default_visibility: Option<Visibility>,
    /// The account's id in another system of the operator.
    pub other_id: Patch<OtherId>,
    /// Preferences.
    pub preferences: PreferenceChanges,
}

impl From<UpdateProfile> for UserChanges {
    fn from(profile: UpdateProfile) -> Self {
        let UpdateProfile {
            first_name,
            last_name,
            bio,
            default_visibility,
            other_id,
            preferences,
        } = profile;
        Self {
            first_name,
            last_name,
            bio,
            default_visibility,
            preferences,
            other_id,
            ..Self::default()
        }
    }
}

impl Users {
    /// Sets the given fields of the user's own profile and answers the account.
    ///
    /// `expected` is the version that the caller saw, when it insists on it
    /// (`Stale` otherwise).
    pub async fn update_profile(
        &self,
        user: UserId,
        profile: UpdateProfile,
        expected: Option<Version>,
    ) -> Result<Arc<Account>, UpdateError> {
        let command = UpdateUser {
            user,
            expected,
            changes: profile.into(),
            end_sessions: false,
        };
        Ok(self
            .store
            .update(Write::new(command, self.clock.now()))
            .await?)
    }
}
