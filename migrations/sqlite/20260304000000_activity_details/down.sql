ALTER TABLE activity DROP COLUMN details;
