CREATE TABLE pdauth.t (scope license_scope);
