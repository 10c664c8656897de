-- A small share of make fuzz-calendar: random cases against a naive oracle.
\getenv abs_srcdir PG_ABS_SRCDIR
\set file :abs_srcdir '/fuzz/calendar.sql'
\set cases 300
\set seed 0.4
\set ECHO none
\i :file
