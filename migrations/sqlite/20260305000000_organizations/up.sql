CREATE TABLE companies (
    id TEXT NOT NULL PRIMARY KEY,
    -- The owner.
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    max_documents INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE INDEX companies_user ON companies (user_id, id);

CREATE TABLE organizations (
    -- AUTOINCREMENT: the number of a deleted organization is not given again.
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    company_id TEXT NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    -- Once deleted: the id, which is no slug, until all memberships are erased.
    slug TEXT NOT NULL,
    is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    -- Kept with each membership, under the lock of this row.
    member_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    display_name TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX organizations_number ON organizations (number);
CREATE UNIQUE INDEX organizations_id ON organizations (id);
CREATE UNIQUE INDEX organizations_slug ON organizations (slug);
CREATE INDEX organizations_company ON organizations (company_id, is_deleted);
CREATE INDEX organizations_deleted ON organizations (is_deleted);

CREATE TABLE organization_members (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    -- The user's default organization is that of the smallest: 0 where the user
    -- chose it, else the time of joining.
    default_order INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE INDEX organization_members_organization ON organization_members (organization_id, id);
CREATE UNIQUE INDEX organization_members_pair ON organization_members (organization_id, user_id);
CREATE INDEX organization_members_owners ON organization_members (organization_id, role);
CREATE INDEX organization_members_user ON organization_members (user_id, id);
CREATE INDEX organization_members_default ON organization_members (user_id, default_order, id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    -- Who sent it last.
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    accepted_by TEXT REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_canonical TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    -- Only a pending invitation has one.
    token_digest BLOB CHECK (length(token_digest) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX invitations_organization ON invitations (organization_id, id);
CREATE INDEX invitations_user ON invitations (user_id);
CREATE INDEX invitations_accepted_by ON invitations (accepted_by);
CREATE INDEX invitations_email ON invitations (email_canonical);
CREATE INDEX invitations_expiry ON invitations (expires_at);
CREATE UNIQUE INDEX invitations_token_digest ON invitations (token_digest);
CREATE UNIQUE INDEX invitations_pending ON invitations (organization_id, email_canonical)
    WHERE status = 'pending';
