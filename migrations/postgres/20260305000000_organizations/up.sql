CREATE TABLE companies (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The owner.
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    max_documents BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE INDEX companies_user ON companies (user_id, id);

CREATE TABLE organizations (
    -- A sequence: the number of a deleted organization is not given again.
    number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    id TEXT COLLATE "C" NOT NULL CONSTRAINT organizations_id PRIMARY KEY,
    company_id TEXT COLLATE "C" NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    -- Once deleted: the id, which is no slug, until all memberships are erased.
    slug TEXT COLLATE "C" NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    -- Kept with each membership, under the lock of this row.
    member_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX organizations_number ON organizations (number);
CREATE UNIQUE INDEX organizations_slug ON organizations (slug);
CREATE INDEX organizations_company ON organizations (company_id, is_deleted);
CREATE INDEX organizations_deleted ON organizations (is_deleted);

CREATE TABLE organization_members (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT COLLATE "C" NOT NULL,
    joined_at BIGINT NOT NULL,
    -- The user's default organization is that of the smallest: 0 where the user
    -- chose it, else the time of joining.
    default_order BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE INDEX organization_members_organization ON organization_members (organization_id, id);
CREATE UNIQUE INDEX organization_members_pair ON organization_members (organization_id, user_id);
CREATE INDEX organization_members_owners ON organization_members (organization_id, role);
CREATE INDEX organization_members_user ON organization_members (user_id, id);
CREATE INDEX organization_members_default ON organization_members (user_id, default_order, id);

CREATE TABLE invitations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    -- Who sent it last.
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    accepted_by TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    email TEXT COLLATE "C" NOT NULL,
    email_canonical TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    -- Only a pending invitation has one.
    token_digest BYTEA CHECK (length(token_digest) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX invitations_organization ON invitations (organization_id, id);
CREATE INDEX invitations_user ON invitations (user_id);
CREATE INDEX invitations_accepted_by ON invitations (accepted_by);
CREATE INDEX invitations_email ON invitations (email_canonical);
CREATE INDEX invitations_expiry ON invitations (expires_at);
CREATE UNIQUE INDEX invitations_token_digest ON invitations (token_digest);
CREATE UNIQUE INDEX invitations_pending ON invitations (organization_id, email_canonical)
    WHERE status = 'pending';
