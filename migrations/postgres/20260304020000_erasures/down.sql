DROP INDEX activity_created;
DROP TABLE erasures;
