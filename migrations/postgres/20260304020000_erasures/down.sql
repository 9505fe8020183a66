DROP INDEX erasures_began;
DROP INDEX activity_created;
DROP TABLE erasures;
