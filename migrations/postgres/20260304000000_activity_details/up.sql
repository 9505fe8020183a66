-- What else is to be known of an event: a small JSON object.
ALTER TABLE activity ADD COLUMN details TEXT COLLATE "C" NOT NULL DEFAULT '{}';
