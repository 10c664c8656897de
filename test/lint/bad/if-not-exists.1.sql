CREATE TABLE IF NOT EXISTS pdauth.t (a integer);
