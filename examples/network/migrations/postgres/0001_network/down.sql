DROP TABLE memberships;
DROP TABLE clubs;
DROP TABLE pins;
DROP TABLE bookmarks;
DROP TABLE likes;
DROP TABLE follows;
DROP TABLE messages;
DROP TABLE persons;
