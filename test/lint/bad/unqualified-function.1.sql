CREATE TABLE pdauth.t (a timestamptz DEFAULT now());
