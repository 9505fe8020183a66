-- Key of the picture: 64 hex digits.
ALTER TABLE users ADD COLUMN avatar TEXT COLLATE "C";
-- Whether an object of the media store is anybody's. Not unique: the key is a
-- digest of the user, but nothing depends on it.
CREATE INDEX users_avatar ON users (avatar);
