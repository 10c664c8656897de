-- Values to be carried to another server version; see check-restore.
CREATE EXTENSION pdauth CASCADE;
CREATE TABLE scope_value (id integer PRIMARY KEY, scope pdauth.license_scope, place pdauth.division_code, person pdauth.citizen_id, organisation pdauth.uscc);
CREATE INDEX scope_value_index ON scope_value USING gin (scope) WITH (fastupdate = off);
CREATE INDEX ON scope_value USING hash (scope);
CREATE TABLE agreement (id integer PRIMARY KEY, parent integer REFERENCES scope_value, scope pdauth.license_scope);
SELECT pdauth.add_scope_chain('agreement', 'parent', 'scope', 'scope_value', 'id', 'scope', 'R-11-12');
INSERT INTO scope_value VALUES (0, '{}', 'CN', NULL, NULL), (1, NULL, NULL, '11010519491231002X', '91350100M000100Y43'),
  (2, '{read,trade on 卫生/"住院(2025)"(年龄,"*x") for p/q,p/r in 530102001,810000 during (,2026-02-01),[2026-03-01,) level core; read on *(*) for * in * during [2026-01-01,9999-12-31] level general}', '530102001', NULL, NULL);
INSERT INTO scope_value (id, scope, place)
  SELECT n, pdauth.make_scope(ARRAY['read', 'join'], ARRAY['a' || n, 'b'], ARRAY(SELECT 'column' || c FROM generate_series(1, n % 70 + 1) AS c),
           ARRAY['p'], ARRAY['530' || n % 9 + 1 || '00', '540000'], '{[2026-01-01,2027-01-01)}', 'important'), ('530' || n % 9 + 1 || '00')::pdauth.division_code
    FROM generate_series(3, 2000) AS n;
INSERT INTO agreement SELECT id, id, scope FROM scope_value;
CREATE TABLE deadline (id integer PRIMARY KEY, term pdauth.term, due date);
INSERT INTO deadline SELECT n, (n || ' workdays')::pdauth.term, pdauth.deadline('2026-01-05', (n || ' workdays')::pdauth.term) FROM generate_series(0, 200) AS n;
