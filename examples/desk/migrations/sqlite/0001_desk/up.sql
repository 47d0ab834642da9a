-- Written by `doorway migrate generate`. What it changes:
-- - agents: the table is missing
-- - badges: the table is missing
-- - tickets: the table is missing
-- - resolutions: the table is missing
-- - comments: the table is missing
-- - labels: the table is missing
-- - watches: the table is missing
-- - ticket_labels: the table is missing
-- - blocks: the table is missing
CREATE TABLE agents (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE badges (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    agent_id BLOB NOT NULL UNIQUE REFERENCES agents (id) ON DELETE CASCADE,
    color TEXT NOT NULL
) STRICT;

CREATE TABLE tickets (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    urgency INTEGER NOT NULL DEFAULT 0,
    reporter_id BLOB NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    assignee_id BLOB REFERENCES agents (id) ON DELETE SET NULL,
    parent_id INTEGER REFERENCES tickets (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX tickets_urgency_id_idx ON tickets (urgency, id);
CREATE INDEX tickets_reporter_id_id_idx ON tickets (reporter_id, id);
CREATE INDEX tickets_assignee_id_id_idx ON tickets (assignee_id, id);
CREATE INDEX tickets_parent_id_id_idx ON tickets (parent_id, id);

CREATE TABLE resolutions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    ticket_id INTEGER NOT NULL UNIQUE REFERENCES tickets (id) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE comments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    agent_id BLOB REFERENCES agents (id) ON DELETE SET NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX comments_agent_id_id_idx ON comments (agent_id, id);
CREATE INDEX comments_ticket_id_id_idx ON comments (ticket_id, id);

CREATE TABLE labels (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    color TEXT
) STRICT;

CREATE TABLE watches (
    agent_id BLOB NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    reason TEXT,
    PRIMARY KEY (agent_id, ticket_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX watches_ticket_id_agent_id_idx ON watches (ticket_id, agent_id);

CREATE TABLE ticket_labels (
    ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, label_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_labels_ticket_id_rank_label_id_idx ON ticket_labels (ticket_id, rank, label_id);
CREATE INDEX ticket_labels_label_id_ticket_id_idx ON ticket_labels (label_id, ticket_id);

CREATE TABLE blocks (
    blocker_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    blocked_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    is_hard INTEGER NOT NULL CHECK (is_hard IN (0, 1)),
    PRIMARY KEY (blocker_id, blocked_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX blocks_blocked_id_blocker_id_idx ON blocks (blocked_id, blocker_id);
