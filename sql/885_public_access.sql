-- What the public does not read (R-32-4).  After all tables of the register.

CREATE FUNCTION pdauth.public_reads_disclosure() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor := pdauth.actor();
BEGIN
  IF actor.capacity = 'public' THEN
    PERFORM pdauth.refuse('R-32-4', 'register', format('%s acts for the public.', actor.party), 'Read pdauth.published_disclosure, published_selection, published_registration, product_list, published_tariff and disclosure_status; write by pdauth.lodge().', actor.division);
  END IF;
  RETURN true;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.public_reads_disclosure() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.public_reads_disclosure() TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.public_reads_disclosure() IS 'In the policies of the register: true, but PD324 for a role that acts in the capacity of the public (R-32-4).';

DO $policies$
DECLARE
  relation pg_catalog.name;
BEGIN
  FOR relation IN SELECT c.relation FROM pdauth.competence AS c WHERE NOT c.relation OPERATOR(pg_catalog.=) ANY (ARRAY['publicity', 'objection', 'disclosure', 'public_report']::pg_catalog.name[])
                  UNION ALL SELECT pg_catalog.unnest(ARRAY['party', 'party_capacity', 'affiliation', 'person']::pg_catalog.name[]) LOOP
    EXECUTE pg_catalog.format('CREATE POLICY public_reads_disclosure ON pdauth.%I AS RESTRICTIVE FOR SELECT USING ((SELECT pdauth.public_reads_disclosure()))', relation);
  END LOOP;
END
$policies$;
