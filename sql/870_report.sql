-- The supervision report: one HTML file with its charts in it, that a browser
-- opens without network.  Every text in it is escaped where it is put in.

CREATE FUNCTION pdauth.html_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  -- what a reader does not see could reverse or hide what is around it
  SELECT replace(replace(replace(replace(replace(regexp_replace(coalesce(value, ''), '[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]', '?', 'g'),
           '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')
$function$;
COMMENT ON FUNCTION pdauth.html_text(text) IS 'A text for HTML and SVG, as content or in a quoted attribute: markup escaped, controls and marks of direction replaced by question marks. Empty for NULL.';

CREATE FUNCTION pdauth.html_table(head text[], body text[], numbers integer[] DEFAULT '{}') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  -- body: rows of as many columns as the head has, one after the other; what is short stays on one line
  SELECT CASE WHEN coalesce(cardinality(body), 0) = 0 THEN '<p class="none">None. 无。</p>' ELSE
    '<div class="wide"><table><thead><tr>' || (SELECT string_agg(format('<th%s>%s</th>', CASE WHEN n = ANY (numbers) THEN ' class="number"' END, pdauth.html_text(h)), '' ORDER BY n) FROM unnest(head) WITH ORDINALITY AS u(h, n)) || '</tr></thead><tbody>'
    || (SELECT string_agg(CASE WHEN p.place = 1 THEN '<tr>' ELSE '' END
                || format('<td%s>%s</td>', CASE WHEN p.place = ANY (numbers) THEN ' class="number"' WHEN c ~ '^[-A-Za-z0-9:. ]{1,16}$' THEN ' class="key"' END, pdauth.html_text(c))
                || CASE WHEN p.place = cardinality(head) THEN E'</tr>\n' ELSE '' END, '' ORDER BY n)
          FROM unnest(body) WITH ORDINALITY AS u(c, n) CROSS JOIN LATERAL (SELECT (n - 1) % cardinality(head) + 1) AS p(place)) || '</tbody></table></div>' END
$function$;
COMMENT ON FUNCTION pdauth.html_table(text[], text[], integer[]) IS 'A table: the heads of its columns, the cells, row by row, and the columns that hold numbers. Escapes them. A line that says so if there are no cells.';

CREATE FUNCTION pdauth.shortened(value text, width integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT string_agg(c.letter, '' ORDER BY c.n) FILTER (WHERE c.taken <= width - 1 OR c.whole <= width) || CASE WHEN max(c.whole) > width THEN '…' ELSE '' END
    FROM (SELECT u.letter, u.n, sum(w.width) OVER (ORDER BY u.n) AS taken, sum(w.width) OVER () AS whole
            FROM regexp_split_to_table(value, '') WITH ORDINALITY AS u(letter, n) CROSS JOIN LATERAL (SELECT CASE WHEN octet_length(u.letter) = 1 THEN 1 ELSE 2 END) AS w(width)) AS c
$function$;
COMMENT ON FUNCTION pdauth.shortened(text, integer) IS 'A text cut to a width, in which a character of several bytes, such as a Chinese one, counts as two letters. In any encoding of the server. NULL for NULL.';

CREATE FUNCTION pdauth.svg_bars(title text, labels text[], amounts numeric[], colours text[] DEFAULT '{#2f6f9f}') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN coalesce(cardinality(labels), 0) = 0 THEN '<p class="none">None. 无。</p>' ELSE
    format('<svg viewBox="0 0 800 %1$s" role="img" aria-label="%2$s"><title>%2$s</title>', 24 * cardinality(labels) + 8, pdauth.html_text(title))
    || (SELECT string_agg(format('<text x="292" y="%1$s" text-anchor="end">%2$s</text><rect x="300" y="%3$s" width="%4$s" height="16" fill="%5$s"/><text x="%6$s" y="%1$s">%7$s</text>',
                 24 * b.n - 4, pdauth.html_text(pdauth.shortened(b.label, 42)), 24 * b.n - 16, w.width,
                 pdauth.html_text(colours[1 + (b.n - 1) % cardinality(colours)]), 306 + w.width, pdauth.html_text(to_char(b.amount, 'FM999,999,999,999,990'))), E'\n' ORDER BY b.n)
          FROM unnest(labels, amounts) WITH ORDINALITY AS b(label, amount, n)
         -- what there is shows, however little it is beside the rest
         CROSS JOIN LATERAL (SELECT ceil(390 * coalesce(b.amount, 0) / greatest((SELECT max(a) FROM unnest(amounts) AS a), 1))::integer AS width) AS w)
    || '</svg>' END
$function$;
COMMENT ON FUNCTION pdauth.svg_bars(text, text[], numeric[], text[]) IS 'A bar chart as inline SVG: labels, amounts that are not negative, colours in turn. Escapes them. A line that says so if there are no bars.';

CREATE FUNCTION pdauth.report_word(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT concat_ws(' ', word, (SELECT v.chinese FROM (VALUES
    ('overdue', '逾期'), ('due soon', '即将到期'), ('open', '未到期'), ('suspended', '中止'), ('fulfilled', '按期履行'), ('fulfilled late', '逾期履行'), ('waived', '免除'),
    ('draft', '草案'), ('decided', '已决策'), ('signed', '已签订'), ('in force', '履行中'), ('replaced', '已被替代'), ('expired', '期满'), ('terminated', '终止'), ('rescinded', '解除'), ('revoked', '撤销'), ('exited', '退出'),
    ('measure', '处置措施'), ('blacklist', '黑名单'), ('evaluation', '评估'), ('talk', '提醒约谈'), ('suspension', '暂停'), ('cancellation', '取消'), ('restriction', '限制'), ('blacklisted', '列入黑名单'),
    ('fail', '未通过'), ('rectify', '限期整改'), ('listed', '已列入'), ('proposed', '拟议'), ('lifted', '已解除'), ('removed', '已移出'), ('concluded', '已作出'), ('rectified', '已整改')) AS v (word, chinese) WHERE v.word = report_word.word))
$function$;
COMMENT ON FUNCTION pdauth.report_word(text) IS 'A word of the register with its Chinese equivalent, where the report has one. Empty for NULL.';

CREATE FUNCTION pdauth.report_party(party text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT coalesce((SELECT CASE WHEN p.name = p.party THEN p.name ELSE format('%s (%s)', p.name, p.party) END FROM pdauth.party AS p WHERE p.party = report_party.party), report_party.party) $function$;
REVOKE ALL ON FUNCTION pdauth.report_party(text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_party(text) IS 'A party by its name, with its code. The code itself if there is none of it; NULL for NULL.';

CREATE FUNCTION pdauth.report_limit(shown bigint, found bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT CASE WHEN found > shown THEN format('<p class="none">The first %1$s of %2$s. 共 %2$s 条,列出前 %1$s 条。</p>', shown, found) ELSE '' END $function$;
COMMENT ON FUNCTION pdauth.report_limit(bigint, bigint) IS 'A line under a table that does not show everything; empty if it does. NULL for NULL.';

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
  SELECT pdauth.report_section('deadlines', '期限 Deadlines in the period',
    (SELECT pdauth.svg_bars('Duties by status 义务状态', array_agg(pdauth.report_word(c.status) ORDER BY c.place), array_agg(c.duties ORDER BY c.place)::numeric[], array_agg(c.colour ORDER BY c.place)) FROM counted AS c)
    || '<h3>逾期 Overdue</h3>'
    || pdauth.html_table('{规则 Rule,内容 Duty,责任方 Party,事项 Matter,期限 Due,逾期天数 Days late}', (SELECT array_agg(c.cell ORDER BY d.due, d.rule, d.debtor, d.matter, c.n) FROM (SELECT * FROM duty WHERE status = 'overdue' ORDER BY due, rule, debtor, matter LIMIT 100) AS d
         CROSS JOIN LATERAL (VALUES (1, d.rule), (2, concat_ws(' ', d.title, d.title_chinese)), (3, pdauth.report_party(d.debtor)), (4, d.matter), (5, d.due::text), (6, (pdauth.clock_today() - d.due)::text)) AS c (n, cell)), '{6}')
    || (SELECT pdauth.report_limit(100, c.duties) FROM counted AS c WHERE c.status = 'overdue'))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_deadlines(daterange) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_deadlines(daterange) IS 'Section of the report: duties due in the period by status, and the overdue ones, the oldest 100 at most.';

CREATE FUNCTION pdauth.report_refusals(days daterange) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH refused AS MATERIALIZED (SELECT f.*, row_number() OVER (ORDER BY f.refusals DESC, f.rule, f.sqlstate) AS place FROM pdauth.refusals_by_rule(pdauth.instant_at(lower(days), '00:00'), pdauth.instant_at(upper(days), '00:00')) AS f)
  SELECT pdauth.report_section('refusals', '拒绝 Refusals by rule',
    pdauth.svg_bars('Refusals by rule 按规则统计的拒绝', (SELECT array_agg(concat_ws(' ', coalesce(r.rule, r.sqlstate), coalesce(r.title_chinese, r.title)) ORDER BY r.place) FROM refused AS r WHERE r.place <= 20), (SELECT array_agg(r.refusals ORDER BY r.place)::numeric[] FROM refused AS r WHERE r.place <= 20), '{#b3261e}')
    || CASE WHEN EXISTS (SELECT FROM refused) THEN pdauth.html_table('{规则 Rule,SQLSTATE,内容 Title,次数 Refusals,机构数 Organisations,最近 Last}', (SELECT array_agg(c.cell ORDER BY r.place, c.n) FROM refused AS r
         CROSS JOIN LATERAL (VALUES (1, coalesce(r.rule, '-')), (2, r.sqlstate), (3, concat_ws(' ', r.title, r.title_chinese)), (4, to_char(r.refusals, 'FM999,999,999,990')), (5, r.organisations::text), (6, to_char(r.last_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'))) AS c (n, cell)), '{4,5}') ELSE '' END
    || '<h3>观察模式下放行 Passed by observed rules</h3>'
    || pdauth.html_table('{规则 Rule,内容 Title,次数 Acts}', (SELECT array_agg(c.cell ORDER BY w.rule, c.n) FROM (SELECT v.rule, concat_ws(' ', v.title, r.title_chinese) AS title, sum(v.acts) AS acts FROM pdauth.supervision_would_deny AS v JOIN pdauth.rule AS r USING (rule) WHERE v.day <@ days GROUP BY 1, 2) AS w
         CROSS JOIN LATERAL (VALUES (1, w.rule), (2, w.title), (3, to_char(w.acts, 'FM999,999,999,990'))) AS c (n, cell)), '{3}'))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_refusals(daterange) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_refusals(daterange) IS 'Section of the report: refusals in the audit log by rule, and what observed rules let pass.';

CREATE FUNCTION pdauth.report_access(days daterange) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH used AS MATERIALIZED (SELECT a.* FROM pdauth.audit_by_organisation AS a WHERE a.day <@ days),
  purpose AS (SELECT coalesce(u.purpose, '(none 未声明)') AS purpose, sum(u.reads) AS reads, row_number() OVER (ORDER BY sum(u.reads) DESC, u.purpose) AS place FROM used AS u GROUP BY u.purpose HAVING sum(u.reads) > 0),
  organisation AS (SELECT coalesce(u.party, '(nobody 未绑定)') AS party, coalesce(u.resource, '-') AS resource, sum(u.reads) AS reads, sum(u.rows_read) AS rows_read, sum(u.changes) AS changes, sum(u.refusals) AS refusals FROM used AS u GROUP BY 1, 2),
  placed AS (SELECT o.*, row_number() OVER (ORDER BY o.reads DESC, o.refusals DESC, o.party, o.resource) AS place FROM organisation AS o)
  SELECT pdauth.report_section('access', '用途 Access by purpose',
    pdauth.svg_bars('Reading statements by purpose 按用途统计的查询', (SELECT array_agg(p.purpose ORDER BY p.place) FROM purpose AS p WHERE p.place <= 20), (SELECT array_agg(p.reads ORDER BY p.place) FROM purpose AS p WHERE p.place <= 20), '{#2e7d32}')
    || '<h3>机构 By organisation</h3>'
    || pdauth.html_table('{机构 Organisation,资源 Resource,查询 Reads,行数 Rows read,变更 Changes,拒绝 Refusals}', (SELECT array_agg(c.cell ORDER BY o.place, c.n) FROM placed AS o
         CROSS JOIN LATERAL (VALUES (1, pdauth.report_party(o.party)), (2, o.resource), (3, to_char(o.reads, 'FM999,999,999,990')), (4, to_char(o.rows_read, 'FM999,999,999,999,990')), (5, to_char(o.changes, 'FM999,999,999,990')), (6, to_char(o.refusals, 'FM999,999,999,990'))) AS c (n, cell) WHERE o.place <= 100), '{3,4,5,6}')
    || pdauth.report_limit(100, (SELECT count(*) FROM organisation)))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_access(daterange) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_access(daterange) IS 'Section of the report: reading statements by purpose, and access by organisation and resource, 100 lines at most.';

CREATE FUNCTION pdauth.report_register() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.report_section('agreements', '运营协议 Operating agreements, as they are now',
    pdauth.html_table('{协议 Agreement,实施机构 Agency,运营机构 Operator,状态 Status,起 First day,止 Last day,逾期义务 Overdue}', (SELECT array_agg(c.cell ORDER BY t.last_day, t.agreement, c.n) FROM pdauth.agreement_tracking AS t
         CROSS JOIN LATERAL (VALUES (1, t.agreement), (2, pdauth.report_party(t.agency)), (3, pdauth.report_party(t.operator)), (4, pdauth.report_word(t.status)), (5, t.first_day::text), (6, t.last_day::text), (7, t.overdue::text)) AS c (n, cell)), '{7}'))
  || pdauth.report_section('sanctions', '措施 Sanctions, as they are now',
    pdauth.html_table('{类别 Kind,编号 Number,当事方 Party,作出方 By,措施 Sanction,状态 State,自 Since}', (SELECT array_agg(c.cell ORDER BY s.since DESC NULLS LAST, s.kind, s.number, c.n) FROM pdauth.supervision_sanction AS s
         CROSS JOIN LATERAL (VALUES (1, pdauth.report_word(s.kind)), (2, s.number), (3, pdauth.report_party(s.party)), (4, pdauth.report_party(s.decided_by)), (5, pdauth.report_word(s.sanction)), (6, pdauth.report_word(s.state)), (7, s.since::text)) AS c (n, cell))))
$function$;
REVOKE ALL ON FUNCTION pdauth.report_register() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_register() IS 'Sections of the report: operating agreements and sanctions, as they are now.';

CREATE FUNCTION pdauth.report_chain(verify boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  chain record;
  verdict text := '<p class="verdict">未校验。 Not verified for this report.</p>';
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
                      CASE WHEN findings = 0 THEN '链完整。 The chain is whole.' ELSE format('发现 %s 处异常。 Findings: %1$s.', findings) END, pdauth.html_text(summary))
               || CASE WHEN findings > 0 THEN pdauth.html_table('{类别 Kind,区块 Block,关系 Relation,异常 Finding}', body[1:400]) || pdauth.report_limit(100, findings) ELSE '' END;
  END IF;
  RETURN pdauth.report_section('chain', '证据链 Chain of evidence', verdict || pdauth.html_table('{最新区块 Newest block,封存时间 Sealed at,已封存 Sealed,未封存 Not sealed,根 Root,最新检查点 Newest checkpoint}',
    ARRAY[coalesce(chain.block::text, '-'), coalesce(to_char(chain.sealed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'), '-'), to_char(coalesce(chain.sealed_entries, 0), 'FM999,999,999,990'), to_char(chain.unsealed_entries, 'FM999,999,999,990'), coalesce(chain.root, '-'),
          coalesce('block ' || chain.checkpoint_block || ', ' || to_char(chain.checkpoint_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'), 'none 无')], '{1,3,4}'));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.report_chain(boolean) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.report_chain(boolean) IS 'Section of the report: what pdauth.verify() finds, 100 findings at most, and where the chain ends.';

CREATE FUNCTION pdauth.report_style() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT $css$<style>
body{font:15px/1.5 "Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:66rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #ccc}h3{font-size:1rem;margin:1.2rem 0 .3rem}
.made{color:#666;margin-top:0}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;min-width:46rem;margin:.6rem 0;font-size:.93em}
th,td{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f3f5f7;overflow-wrap:normal}
tbody tr:nth-child(even){background:#fafbfc}.key{white-space:nowrap}.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}th.number{white-space:normal}
svg{width:100%;height:auto}svg text{font-size:13px;fill:#1c1c1c}
.none{color:#666}.verdict{padding:.5rem .8rem;font-weight:bold;background:#f3f5f7}.good{background:#e5f3e6}.bad{background:#fbe4e2}
footer{margin-top:2rem;color:#666;font-size:.85rem}
@page{size:A4;margin:14mm}
@media print{body{font-size:10pt;margin:0;max-width:none;padding:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}h2,h3,.verdict{break-after:avoid}thead{display:table-header-group}tr,svg{break-inside:avoid}.wide{overflow:visible}table{min-width:0}}
</style>$css$
$function$;
COMMENT ON FUNCTION pdauth.report_style() IS 'Style sheet of the report, for screen and A4.';

CREATE FUNCTION pdauth.report_html(period daterange, verify boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
DECLARE
  title text := format('监督报告 Supervision report, %s - %s', lower(period), upper(period) - 1);
BEGIN
  IF isempty(period) OR lower_inf(period) OR upper_inf(period) THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the period of a report has a first and a last day', HINT = 'Write it like [2026-01-01,2027-01-01).';
  END IF;
  RETURN E'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width"/><meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''"/>'
    || format('<title>%s</title>', pdauth.html_text(title)) || pdauth.report_style() || '</head><body>'
    || format(E'<h1>%s</h1><p class="made">数据库 Database %s, 生成于 made %s (Asia/Shanghai)</p>\n', pdauth.html_text(title), pdauth.html_text(current_database()), to_char(pdauth.clock_now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'))
    || pdauth.report_chain(verify) || pdauth.report_deadlines(period) || pdauth.report_refusals(period) || pdauth.report_access(period) || pdauth.report_register()
    || E'<footer>由 pdauth 依据本数据库的登记和审计日志生成,无人工录入。 Made by pdauth from the register and the audit log of this database; nothing was entered by hand.</footer></body></html>\n';
END
$function$;
REVOKE ALL ON FUNCTION pdauth.report_html(daterange, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.report_html(daterange, boolean) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.report_html(daterange, boolean) IS
  'The supervision report for a period, as one HTML document in Chinese and English with inline charts, for screen and print, that needs no network and runs no script: chain verification (left out with verify => false: it reads the whole log), deadlines, refusals by rule, access by purpose and organisation, agreements, sanctions. 22023 for an unbounded or empty period, NULL for NULL. pdauth_auditor only.';
