-- The tables, made in each schema of search_path's head: "lab" holds the data
-- under protection, copy_<role> what that role should see, unprotected.
CREATE TABLE person (
  gone text, id integer PRIMARY KEY, division text NOT NULL, name text, secret text,
  salary integer, born date, tags text[], detail jsonb);
ALTER TABLE person DROP COLUMN gone;
CREATE TABLE visit (id integer PRIMARY KEY, person_id integer, division text NOT NULL, fee integer, diagnosis varchar(24), day date);
CREATE INDEX ON visit (person_id);
CREATE INDEX ON visit (diagnosis);
CREATE TABLE event (id integer, at date, division text NOT NULL, payload text, amount integer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_old PARTITION OF event FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
-- attached later, with its columns in another order
CREATE TABLE event_new (amount integer, payload text, dropped text, division text NOT NULL, at date NOT NULL, id integer NOT NULL);
ALTER TABLE event_new DROP COLUMN dropped;
ALTER TABLE event ATTACH PARTITION event_new FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE TABLE asset (id integer PRIMARY KEY, division text NOT NULL, label text, worth integer);
CREATE TABLE asset_car (plate text) INHERITS (asset);
CREATE TABLE item (id integer PRIMARY KEY, label text, person_id integer, day date);
-- a column that older rows do not store
ALTER TABLE person ADD COLUMN extra text DEFAULT 'plain';
