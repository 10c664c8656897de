-- The supervision report: one HTML file with its charts in it, that a browser
-- opens without network.  Every text in it is escaped where it is put in.

CREATE FUNCTION pdauth.html_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  -- what a reader does not see could reverse or hide what is around it
  SELECT replace(replace(replace(replace(replace(regexp_replace(coalesce(value, ''), '[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]', '?', 'g'),
           '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')
$function$;
COMMENT ON FUNCTION pdauth.html_text(text) IS 'A text for HTML and SVG, as content or in a quoted attribute: markup escaped, controls and marks of direction replaced by U+FFFD. Empty for NULL.';

CREATE FUNCTION pdauth.html_table(head text[], body text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  -- body: rows of as many columns as the head has, one after the other
  SELECT CASE WHEN coalesce(cardinality(body), 0) = 0 THEN '<p class="none">None. 无。</p>' ELSE
    '<table><thead><tr>' || (SELECT string_agg('<th>' || pdauth.html_text(h) || '</th>', '' ORDER BY n) FROM unnest(head) WITH ORDINALITY AS u(h, n)) || '</tr></thead><tbody>'
    || (SELECT string_agg(CASE WHEN (n - 1) % cardinality(head) = 0 THEN '<tr>' ELSE '' END || '<td>' || pdauth.html_text(c) || '</td>' || CASE WHEN n % cardinality(head) = 0 THEN E'</tr>\n' ELSE '' END, '' ORDER BY n)
          FROM unnest(body) WITH ORDINALITY AS u(c, n)) || '</tbody></table>' END
$function$;
COMMENT ON FUNCTION pdauth.html_table(text[], text[]) IS 'A table: the heads of its columns, and the cells, row by row. Escapes them. A line that says so if there are none.';

CREATE FUNCTION pdauth.svg_bars(title text, labels text[], amounts numeric[], colours text[] DEFAULT '{#2f6f9f}') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN coalesce(cardinality(labels), 0) = 0 THEN '<p class="none">None. 无。</p>' ELSE
    format('<svg viewBox="0 0 800 %1$s" role="img" aria-label="%2$s"><title>%2$s</title>', 24 * cardinality(labels) + 8, pdauth.html_text(title))
    || (SELECT string_agg(format('<text x="292" y="%1$s" text-anchor="end">%2$s</text><rect x="300" y="%3$s" width="%4$s" height="16" fill="%5$s"/><text x="%6$s" y="%1$s">%7$s</text>',
                 24 * b.n - 4, pdauth.html_text(CASE WHEN length(b.label) > 44 THEN left(b.label, 43) || '…' ELSE b.label END), 24 * b.n - 16, w.width,
                 pdauth.html_text(colours[1 + (b.n - 1) % cardinality(colours)]), 306 + w.width, b.amount), E'\n' ORDER BY b.n)
          FROM unnest(labels, amounts) WITH ORDINALITY AS b(label, amount, n)
         CROSS JOIN LATERAL (SELECT round(430 * coalesce(b.amount, 0) / greatest((SELECT max(a) FROM unnest(amounts) AS a), 1))::integer AS width) AS w)
    || '</svg>' END
$function$;
COMMENT ON FUNCTION pdauth.svg_bars(text, text[], numeric[], text[]) IS 'A bar chart as inline SVG: labels, amounts that are not negative, colours in turn. Escapes them. A line that says so if there are no bars.';

CREATE FUNCTION pdauth.report_section(id text, title text, content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT format(E'<section id="%s"><h2>%s</h2>\n%s</section>\n', pdauth.html_text(id), pdauth.html_text(title), content) $function$;
COMMENT ON FUNCTION pdauth.report_section(text, text, text) IS 'A section of the report; the content is HTML already.';

CREATE FUNCTION pdauth.report_deadlines(days daterange) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH duty AS (SELECT s.rule, s.debtor, s.matter, s.due, s.status, r.title_chinese, r.title FROM pdauth.obligation_status AS s JOIN pdauth.rule AS r USING (rule) WHERE s.due <@ days OR s.due < upper(days) AND s.status = 'overdue'),
  counted AS (SELECT v.status, v.colour, v.place, count(d.rule) AS duties FROM (VALUES ('overdue', '#b3261e', 1), ('due soon', '#c77700', 2), ('open', '#2f6f9f', 3), ('suspended', '#777777', 4), ('fulfilled', '#2e7d32', 5), ('fulfilled late', '#8a8a00', 6), ('waived', '#aaaaaa', 7)) AS v (status, colour, place)
                LEFT JOIN duty AS d USING (status) GROUP BY 1, 2, 3)
  SELECT pdauth.report_section('deadlines', 'Deadlines in the period 期限',
    (SELECT pdauth.svg_bars('Duties by status', array_agg(c.status ORDER BY c.place), array_agg(c.duties ORDER BY c.place)::numeric[], array_agg(c.colour ORDER BY c.place)) FROM counted AS c)
    || '<h3>Overdue 逾期</h3>'
    || pdauth.html_table('{Rule,Party,Matter,Due,Days late}', (SELECT array_agg(c.cell ORDER BY d.due, d.rule, d.debtor, d.matter, c.n) FROM (SELECT * FROM duty WHERE status = 'overdue' ORDER BY due, rule, debtor, matter LIMIT 200) AS d
         CROSS JOIN LATERAL (VALUES (1, format('%s %s', d.rule, d.title_chinese)), (2, d.debtor), (3, d.matter), (4, d.due::text), (5, (pdauth.clock_today() - d.due)::text)) AS c (n, cell))))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_deadlines(daterange) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_deadlines(daterange) IS 'Section of the report: duties due in the period by status, and the overdue ones, 200 at most.';

CREATE FUNCTION pdauth.report_refusals(days daterange) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH refused AS MATERIALIZED (SELECT f.*, row_number() OVER (ORDER BY f.refusals DESC, f.rule) AS place FROM pdauth.refusals_by_rule(pdauth.instant_at(lower(days), '00:00'), pdauth.instant_at(upper(days), '00:00')) AS f)
  SELECT pdauth.report_section('refusals', 'Refusals by rule 拒绝',
    pdauth.svg_bars('Refusals by rule', (SELECT array_agg(concat_ws(' ', r.rule, coalesce(r.title_chinese, r.title)) ORDER BY r.place) FROM refused AS r WHERE r.place <= 20), (SELECT array_agg(r.refusals ORDER BY r.place)::numeric[] FROM refused AS r WHERE r.place <= 20), '{#b3261e}')
    || pdauth.html_table('{Rule,SQLSTATE,Title,Refusals,Organisations,Last}', (SELECT array_agg(c.cell ORDER BY r.place, c.n) FROM refused AS r
         CROSS JOIN LATERAL (VALUES (1, r.rule), (2, r.sqlstate), (3, concat_ws(' ', r.title, r.title_chinese)), (4, r.refusals::text), (5, r.organisations::text), (6, to_char(r.last_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'))) AS c (n, cell)))
    || '<h3>Passed by observed rules 观察模式下放行</h3>'
    || pdauth.html_table('{Rule,Title,Acts}', (SELECT array_agg(c.cell ORDER BY w.rule, c.n) FROM (SELECT v.rule, v.title, sum(v.acts) AS acts FROM pdauth.supervision_would_deny AS v WHERE v.day <@ days GROUP BY 1, 2) AS w
         CROSS JOIN LATERAL (VALUES (1, w.rule), (2, w.title), (3, w.acts::text)) AS c (n, cell))))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_refusals(daterange) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_refusals(daterange) IS 'Section of the report: refusals in the audit log by rule, and what observed rules let pass.';

CREATE FUNCTION pdauth.report_access(days daterange) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH used AS MATERIALIZED (SELECT a.* FROM pdauth.audit_by_organisation AS a WHERE a.day <@ days),
  purpose AS (SELECT coalesce(u.purpose, '(none 未声明)') AS purpose, sum(u.reads) AS reads, row_number() OVER (ORDER BY sum(u.reads) DESC, u.purpose) AS place FROM used AS u GROUP BY u.purpose),
  organisation AS (SELECT coalesce(u.party_name, '(nobody 未绑定)') AS organisation, coalesce(u.resource, '') AS resource, sum(u.reads) AS reads, sum(u.rows_read) AS rows_read, sum(u.changes) AS changes, sum(u.refusals) AS refusals FROM used AS u GROUP BY 1, 2)
  SELECT pdauth.report_section('access', 'Access by purpose 用途',
    pdauth.svg_bars('Reading statements by purpose', (SELECT array_agg(p.purpose ORDER BY p.place) FROM purpose AS p WHERE p.place <= 20), (SELECT array_agg(p.reads ORDER BY p.place) FROM purpose AS p WHERE p.place <= 20), '{#2e7d32}')
    || '<h3>By organisation 机构</h3>'
    || pdauth.html_table('{Organisation,Resource,Reads,Rows read,Changes,Refusals}', (SELECT array_agg(c.cell ORDER BY o.organisation, o.resource, c.n) FROM (SELECT * FROM organisation ORDER BY reads DESC LIMIT 200) AS o
         CROSS JOIN LATERAL (VALUES (1, o.organisation), (2, o.resource), (3, o.reads::text), (4, o.rows_read::text), (5, o.changes::text), (6, o.refusals::text)) AS c (n, cell))))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_access(daterange) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_access(daterange) IS 'Section of the report: reading statements by purpose, and access by organisation and resource, 200 lines at most.';

CREATE FUNCTION pdauth.report_register() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.report_section('agreements', 'Operating agreements 运营协议',
    pdauth.html_table('{Agreement,Agency,Operator,Status,First day,Last day,Overdue duties}', (SELECT array_agg(c.cell ORDER BY t.last_day, t.agreement, c.n) FROM pdauth.agreement_tracking AS t
         CROSS JOIN LATERAL (VALUES (1, t.agreement), (2, t.agency), (3, t.operator), (4, t.status), (5, t.first_day::text), (6, t.last_day::text), (7, t.overdue::text)) AS c (n, cell))))
  || pdauth.report_section('sanctions', 'Sanctions 措施',
    pdauth.html_table('{Kind,Number,Party,By,Sanction,State,Since}', (SELECT array_agg(c.cell ORDER BY s.since DESC NULLS LAST, s.kind, s.number, c.n) FROM pdauth.supervision_sanction AS s
         CROSS JOIN LATERAL (VALUES (1, s.kind), (2, s.number), (3, s.party), (4, s.decided_by), (5, s.sanction), (6, s.state), (7, s.since::text)) AS c (n, cell))))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_register() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_register() IS 'Sections of the report: operating agreements and sanctions, as they are now.';

CREATE FUNCTION pdauth.report_chain(verify boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  chain record;
  verdict text := '<p class="none">Not verified for this report. 未校验。</p>';
  findings bigint;
  summary text;
  body text[];
BEGIN
  SELECT * INTO chain FROM pdauth.supervision_chain;
  IF verify THEN
    WITH checked AS MATERIALIZED (SELECT v.severity, v.kind, v.block, v.relation, v.explanation FROM pdauth.verify() AS v)
    SELECT (SELECT count(*) FROM checked AS k WHERE k.severity = 'finding'), (SELECT string_agg(k.explanation, ' ') FROM checked AS k WHERE k.kind = 'summary'),
           (SELECT array_agg(c.cell ORDER BY k.block, k.kind, k.explanation, c.n) FROM checked AS k CROSS JOIN LATERAL (VALUES (1, k.kind), (2, k.block::text), (3, k.relation), (4, k.explanation)) AS c (n, cell) WHERE k.severity = 'finding')
      INTO findings, summary, body;
    verdict := format('<p class="verdict %s">%s</p><p>%s</p>', CASE WHEN findings = 0 THEN 'good' ELSE 'bad' END,
                      CASE WHEN findings = 0 THEN 'The chain is whole. 链完整。' ELSE format('%s findings. 发现 %1$s 处异常。', findings) END, pdauth.html_text(summary))
               || CASE WHEN findings > 0 THEN pdauth.html_table('{Kind,Block,Relation,Finding}', body[1:400]) ELSE '' END;
  END IF;
  RETURN pdauth.report_section('chain', 'Chain of evidence 证据链', verdict || pdauth.html_table('{Newest block,Sealed at,Entries sealed,Not sealed,Root,Newest checkpoint}',
    ARRAY[chain.block::text, to_char(chain.sealed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'), chain.sealed_entries::text, chain.unsealed_entries::text, chain.root, coalesce('block ' || chain.checkpoint_block || ', ' || to_char(chain.checkpoint_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'), 'none 无')]));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.report_chain(boolean) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_chain(boolean) IS 'Section of the report: what pdauth.verify() finds, 100 findings at most, and where the chain ends.';

CREATE FUNCTION pdauth.report_html(period daterange, verify boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
DECLARE
  title text := format('Supervision report 监督报告 %s - %s', lower(period), upper(period) - 1);
BEGIN
  IF isempty(period) OR lower_inf(period) OR upper_inf(period) THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the period of a report has a first and a last day', HINT = 'Write it like [2026-01-01,2027-01-01).';
  END IF;
  RETURN E'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/><meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''"/>'
    || format('<title>%s</title>', pdauth.html_text(title))
    || '<style>body{font:15px/1.5 "Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #ccc}h3{font-size:1rem}'
    || 'table{border-collapse:collapse;width:100%;margin:.6rem 0}th,td{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f3f5f7;white-space:nowrap}svg{width:100%;height:auto}svg text{font-size:13px;fill:#1c1c1c}'
    || '.none{color:#666}.verdict{padding:.5rem .8rem;font-weight:bold}.good{background:#e5f3e6}.bad{background:#fbe4e2}footer{margin-top:2rem;color:#666;font-size:.85rem}@media print{section{break-inside:avoid}}</style></head><body>'
    || format(E'<h1>%s</h1><p>Database %s, made %s (Asia/Shanghai).</p>\n', pdauth.html_text(title), pdauth.html_text(current_database()), to_char(pdauth.clock_now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'))
    || pdauth.report_chain(verify) || pdauth.report_deadlines(period) || pdauth.report_refusals(period) || pdauth.report_access(period) || pdauth.report_register()
    || E'<footer>Made by pdauth from the register and the audit log of this database; nothing was entered by hand.</footer></body></html>\n';
END
$function$;
REVOKE ALL ON FUNCTION pdauth.report_html(daterange, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.report_html(daterange, boolean) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.report_html(daterange, boolean) IS
  'The supervision report for a period, as one HTML document with inline charts that needs no network and runs no script: chain verification (left out with verify => false: it reads the whole log), deadlines, refusals by rule, access by purpose and organisation, agreements, sanctions. 22023 for an unbounded or empty period, NULL for NULL. pdauth_auditor only.';
