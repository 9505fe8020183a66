ALTER TABLE server_keys DROP COLUMN retired_at;
ALTER TABLE server_keys DROP COLUMN required_from;
DROP TABLE api_usage;
ALTER TABLE api_keys DROP COLUMN version;
