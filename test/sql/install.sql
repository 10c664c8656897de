-- The schema belongs to the extension, and nobody but a superuser may create in it.
SELECT extname, extnamespace::regnamespace, extrelocatable FROM pg_extension WHERE extname = 'pdauth';
SELECT pdauth.version() = extversion AS library_matches_catalogue FROM pg_extension WHERE extname = 'pdauth';
SELECT has_schema_privilege('public', 'pdauth', 'USAGE') AS usage_for_all,
       has_schema_privilege('public', 'pdauth', 'CREATE') AS create_for_all;

-- Every function, type, operator and view explains itself.
SELECT p.oid::regprocedure AS function_without_comment
  FROM pg_proc p WHERE p.pronamespace = 'pdauth'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL ORDER BY 1;
SELECT c.oid::regclass AS relation_without_comment
  FROM pg_class c WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') AND obj_description(c.oid, 'pg_class') IS NULL ORDER BY 1;
SELECT t.oid::regtype AS type_without_comment
  FROM pg_type t WHERE t.typnamespace = 'pdauth'::regnamespace AND t.typrelid = 0 AND t.typelem = 0 AND obj_description(t.oid, 'pg_type') IS NULL ORDER BY 1;
SELECT c.oid::regclass AS sequence_without_comment
  FROM pg_class c WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind = 'S' AND obj_description(c.oid, 'pg_class') IS NULL ORDER BY 1;
SELECT o.opcname AS operator_class_without_comment
  FROM pg_opclass o WHERE o.opcnamespace = 'pdauth'::regnamespace AND obj_description(o.oid, 'pg_opclass') IS NULL ORDER BY o.opcmethod, 1;
SELECT c.castsource::regtype, c.casttarget::regtype
  FROM pg_cast c JOIN pg_depend d ON d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'e'
 WHERE obj_description(c.oid, 'pg_cast') IS NULL ORDER BY 1, 2;
SELECT o.oid::regoperator AS operator_without_comment
  FROM pg_operator o WHERE o.oprnamespace = 'pdauth'::regnamespace AND obj_description(o.oid, 'pg_operator') IS NULL ORDER BY 1;

-- Every definer function pins its search_path.
SELECT p.oid::regprocedure AS definer_without_search_path
  FROM pg_proc p WHERE p.pronamespace = 'pdauth'::regnamespace AND p.prosecdef
   AND NOT coalesce(p.proconfig::text LIKE '%search_path=pg_catalog, pg_temp%', false) ORDER BY 1;

-- pg_upgrade takes no database with columns of these types (check_for_reg_data_type_usage() in its check.c).
SELECT a.attrelid::regclass, a.attname, a.atttypid::regtype FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind IN ('r', 'm', 'i') AND a.attnum > 0 AND NOT a.attisdropped
   AND a.atttypid::regtype::text IN ('regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator', 'regproc', 'regprocedure');
