CREATE OPERATOR @> (LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope, FUNCTION = pdauth.f);
