\echo 元命令 skipped \quit
-- 中文 before the statement must not shift lines.
CREATE VIEW pdauth.v AS WITH known AS (SELECT 1 AS one) SELECT k.one FROM known AS k JOIN license AS l ON true;
