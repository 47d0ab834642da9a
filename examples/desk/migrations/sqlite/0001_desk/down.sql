-- Reverts 0001_desk.
-- Loses the table blocks and all of its rows.
DROP TABLE blocks;
-- Loses the table ticket_labels and all of its rows.
DROP TABLE ticket_labels;
-- Loses the table watches and all of its rows.
DROP TABLE watches;
-- Loses the table labels and all of its rows.
DROP TABLE labels;
-- Loses the table comments and all of its rows.
DROP TABLE comments;
-- Loses the table resolutions and all of its rows.
DROP TABLE resolutions;
-- Loses the table tickets and all of its rows.
DROP TABLE tickets;
-- Loses the table badges and all of its rows.
DROP TABLE badges;
-- Loses the table agents and all of its rows.
DROP TABLE agents;
