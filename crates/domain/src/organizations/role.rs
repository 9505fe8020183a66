choice! {
    /// What a member is in an organization.
    Role {
        /// May do everything; there is always one.
        Owner = "owner",
        /// May do everything but delete the organization and touch owners.
        Admin = "admin",
        /// May see who else is a member.
        Member = "member",
    }
}

choice! {
    /// What a role allows.
    Permission {
        /// Rename the organization.
        OrganizationUpdate = "organization.update",
        /// Delete the organization.
        OrganizationDelete = "organization.delete",
        /// See the members.
        MembersRead = "members.read",
        /// See, send and revoke invitations.
        MembersInvite = "members.invite",
        /// Change the roles of members, and see their addresses.
        MembersUpdate = "members.update",
        /// Remove members.
        MembersRemove = "members.remove",
    }
}

choice! {
    /// The role that an invitation gives; owners are made by owners.
    InvitedRole {
        /// An admin.
        Admin = "admin",
        /// A member.
        Member = "member",
    }
}

impl Role {
    /// What this role allows, in the order of the contract. This is the table
    /// of CONTRACTS.md section 2; beyond it, only owners touch owners.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            MembersInvite, MembersRead, MembersRemove, MembersUpdate, OrganizationUpdate,
        };
        match self {
            Self::Owner => Permission::ALL,
            Self::Admin => &[
                OrganizationUpdate,
                MembersRead,
                MembersInvite,
                MembersUpdate,
                MembersRemove,
            ],
            Self::Member => &[MembersRead],
        }
    }

    /// Whether this role allows it.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

impl From<InvitedRole> for Role {
    fn from(role: InvitedRole) -> Self {
        match role {
            InvitedRole::Admin => Self::Admin,
            InvitedRole::Member => Self::Member,
        }
    }
}
