-- The index of the rule catalogue: id, SQLSTATE, kinds, title in English and in
-- Chinese where the catalogue gives the term of art (\N where it does not).
CREATE TABLE t.rule_index (rule text PRIMARY KEY, sqlstate text, kinds text, title text, title_chinese text);
COPY t.rule_index FROM stdin;
R-2-1	PD021	DENY	Raw data stays inside the domain	原始数据不出域
R-2-2	PD022	DENY,MASK	Usable but not visible	数据可用不可见
R-3-1	PD031	DENY	Territorial scope	适用范围
R-4-1	PD041	DENY	Operator must be a legal-person organisation	运营机构为法人组织
R-4-2	PD042	DENY	Operator status exists only through an authorisation	按照规范程序获得授权
R-4-3	PD043	DENY	Object of authorisation	县级以上地方各级人民政府持有
R-4-4	PD044	DENY	Product forms	数据产品及服务的形式
R-4-5	PD045	HOLD,DENY	A dataset product is de-identified	脱敏数据集
R-4-6	PD046	RECORD	Fair supply to the market	面向市场公平提供
R-5-1	PD051	DENY	Provincial implementing agency	省级实施机构
R-5-2	PD052	DENY	Provincial data bureau guides and supervises	省数据局指导、监督
R-5-3	PD053	DENY	Prefecture authority acts in its own territory	州(市)数据主管部门
R-5-4	PD054	DENY,RECORD	Provider supplies through the public data platform	公共数据平台
R-5-5	PD055	HOLD	Restrictions for personal information must be stated first	限制性场景或使用要求
R-5-6	PD056	DENY	Stated restrictions bind every use	\N
R-5-7	PD057	CLOCK,RECORD	Truth, accuracy, completeness, timeliness	真实性、准确性、完整性和时效性
R-5-8	PD058	DENY,RECORD	Pricing and revenue mechanism	定价及收益分配机制
R-5-9	PD059	DENY	Supervising departments read, they do not process	\N
R-5-10	PD05A	RECORD	Finance department keeps the asset view	公共数据资产的综合管理
R-6-1	PD061	DENY	Authorisation mode	整体授权 / 分领域授权
R-6-2	PD062	HOLD	Sector mode is organised jointly	会同行业主管部门
R-6-3	PD063	HOLD	Levels; counties under prefecture coordination	统筹领导
R-7-1	PD071	DENY	All activity runs on the operating platform	依托运营平台
R-7-2	PD072	DENY	No other platform or channel	不得新建其他平台或通道
R-7-3	PD073	CLOCK,HOLD	Existing channels must be integrated	应当进行整合
R-7-4	PD074	HOLD	Special provisions	法律、法规以及其他有特别规定
R-7-5	PD075	DENY,RECORD	Platform fees	补偿成本、公平普惠
R-8-1	PD081	HOLD	Plan has all 12 items	实施方案十二项
R-8-2	PD082	HOLD	Item 3 covers five capacities	\N
R-8-3	PD083	HOLD	Item 5 points to real catalogue entries	\N
R-8-4	PD084	HOLD	Item 6 covers seven matters	\N
R-8-5	PD085	HOLD	Item 7 lists both classes of products	\N
R-8-6	PD086	DENY	The implementing agency compiles the plan	\N
R-8-7	PD087	RECORD	Economic and social benefit; implementable	\N
R-9-1	PD091	HOLD	Feasibility argument before deliberation	可行性论证
R-9-2	PD092	HOLD	Six topics at least	\N
R-9-3	PD093	HOLD	The argument belongs to one version of the plan	\N
R-10-1	PD101	DENY,HOLD	Decision and government deliberation	三重一大; 本级人民政府审议
R-10-2	PD102	HOLD	Nothing is carried out before approval	\N
R-10-3	PD103	DENY	Approved content is frozen	不得随意变更
R-10-4	PD104	HOLD	Major change repeats the whole procedure	较大变更
R-10-5	PD105	HOLD	Minor change is reasoned and attributed	\N
R-10-6	PD106	CLOCK	Plan filing of prefectures and counties	20个工作日
R-10-7	PD107	DENY	Filing is complete and goes to the bureau	\N
R-11-1	PD111	HOLD	Selection follows the approved plan	\N
R-11-2	PD112	DENY	Fair-competition method only	公开招标、邀请招标、谈判等
R-11-3	PD113	HOLD	Opinions on the draft agreement	充分征求各方意见
R-11-4	PD114	HOLD	Agency decision before signing	三重一大
R-11-5	PD115	HOLD	The right parties sign	\N
R-11-6	PD116	HOLD	Agreement has all 14 items	运营协议十四项
R-11-7	PD117	DENY	Term at most 5 years in principle	原则上最长不超过5年
R-11-8	PD118	HOLD	The clause against re-development is in the agreement	\N
R-11-9	PD119	HOLD	Compound items are complete	\N
R-11-10	PD11A	CLOCK	Agreement submission of prefectures and counties	20个工作日
R-11-11	PD11B	RECORD	Dynamic tracking by the bureau	动态跟踪
R-11-12	PD11C	DENY	Agreement scope lies within the plan	\N
R-11-13	PD11D	DENY,CLOSE	Access follows the life of the agreement	\N
R-11-14	PD11E	HOLD	Change and renewal by the rules of the agreement	\N
R-12-1	PD121	DENY	Developer is a legal-person organisation	开发主体为法人组织
R-12-2	PD122	HOLD	Five qualification conditions	\N
R-12-3	PD123	CLOCK,CLOSE	Conditions must go on being met	\N
R-13-1	PD131	HOLD	Notice on the platform before operator-led selection	公告
R-13-2	PD132	HOLD	Self-initiated route: four assessments	\N
R-13-3	PD133	HOLD	Five kinds of application material	\N
R-13-4	PD134	HOLD	Qualification proof covers three capabilities	\N
R-13-5	PD135	HOLD,CLOCK	Defects must be notified before refusal	及时告知
R-13-6	PD136	CLOCK	Correction within the set time limit	\N
R-13-7	PD137	HOLD	Review is documented by method	资料审阅、现场答辩、专家论证
R-13-8	PD138	DENY	The operator reviews; applicant and interested persons do not	\N
R-13-9	PD139	HOLD	Publicity of the selected developers	公示
R-13-10	PD13A	HOLD	Publicity lasts at least 5 working days	不少于5个工作日
R-13-11	PD13B	HOLD	No open objection	公示无异议
R-13-12	PD13C	DENY	Parties of the development agreement	\N
R-13-13	PD13D	HOLD	Agreement content: eleven matters	\N
R-13-14	PD13E	DENY	Term at most 3 years in principle	原则上不超过3年
R-13-15	PD13F	DENY	Scope nested in the operator's authorisation	\N
R-13-16	PD13G	DENY,CLOSE	Term nested in the operating agreement	\N
R-13-17	PD13H	DENY	Application and review go through the platform	\N
R-14-1	PD141	DENY	No supply without the procedure	运营禁止情形
R-14-2	PD142	HOLD	Special provisions only by record	\N
R-14-3	PD143	DENY	No grant to outsiders on governed relations	\N
R-15-1	PD151	HOLD	Conditions for inclusion	分类分级等前提
R-15-2	PD152	RECORD	Eligible resources should be included	\N
R-15-3	PD153	HOLD	Exclusion needs reason and government deliberation	负面清单
R-15-4	PD154	DENY,CLOSE	Negative-listed resources are out of operation	\N
R-15-5	PD155	DENY	Data authorities keep the list	动态管理
R-15-6	PD156	CLOCK	Yearly review	每年复核
R-16-1	PD161	HOLD,RECORD	Full aggregation	应归尽归、全量归集
R-16-2	PD162	RECORD	Cooperation of the provider	配合归集
R-16-3	PD163	HOLD	Raw back-flow needs provider consent	经数据提供单位同意
R-16-4	PD164	DENY	Back-flow goes to prefectures and stays raw-governed	\N
R-16-5	PD165	CLOSE	Consent can end	\N
R-17-1	PD171	RECORD,HOLD	Quality mechanism and standards	\N
R-17-2	PD172	DENY	Operator raises a check request	数据校核需求
R-17-3	PD173	CLOCK	Provider answers in 10 working days	10个工作日
R-17-4	PD174	HOLD	Three parts of an answer	\N
R-17-5	PD175	RECORD	Source quality	准确性、完整性、一致性、及时性
R-18-1	PD181	CLOCK	Registration of resources and products	登记
R-18-2	PD182	HOLD	Catalogue entry first	编制目录
R-18-3	PD183	CLOCK	Supplementary registration of running operations	补充登记
R-19-1	PD191	RECORD	Scenario register	应用场景
R-20-1	PD201	DENY	Requests come from an operator, on the platform	\N
R-20-2	PD202	HOLD	Request rests on catalogue and scenario	\N
R-20-3	PD203	HOLD	Least necessary	最小必要原则
R-20-4	PD204	HOLD	Dual approval	数据主管部门和数据提供单位审核
R-20-5	PD205	DENY	No access before approval	\N
R-20-6	PD206	DENY	Access equals approval	\N
R-20-7	PD207	HOLD	Each provider approves its own part	\N
R-20-8	PD208	DENY	Approvals bind to what was approved	\N
R-21-1	PD211	DENY	Products reach developers under a development agreement	\N
R-21-2	PD212	DENY	Operator takes no direct part in re-development	不得直接参与再开发
R-21-3	PD213	DENY	… nor indirectly	不得间接参与
R-21-4	PD214	DENY	Operator does not alter public data	不得篡改
R-21-5	PD215	DENY	Operator does not obtain data illegally	不得非法获取
R-21-6	PD216	DENY	No transfer, no other use	不得擅自转让、挪作他用
R-21-7	PD217	DENY	Developer keeps to its agreement	规范使用
R-21-8	PD218	DENY	Blacklist	黑名单制度
R-21-9	PD219	HOLD	Measures against developers	提醒约谈、暂停、取消、限制
R-21-10	PD21A	CLOSE	Effect of measures	\N
R-21-11	PD21B	RECORD	Violations of law are referred	依法追究责任
R-22-1	PD221	DENY	Release application by the developer on the platform	发布申请
R-22-2	PD222	HOLD	Operator assesses, then releases	\N
R-22-3	PD223	HOLD	Six review points	评估审核要点六项
R-22-4	PD224	HOLD	Point 1 is checked against lineage	\N
R-22-5	PD225	HOLD	Point 2 needs named sources	\N
R-22-6	PD226	HOLD	Point 3 is tested on the relation	\N
R-22-7	PD227	HOLD	Point 4 has an assessment document	\N
R-22-8	PD228	HOLD,DENY	Point 5: cross-border	数据出境
R-22-9	PD229	DENY	Nothing unreleased is used	\N
R-22-10	PD22A	HOLD	Changed product, new release (A-37)	\N
R-23-1	PD231	DENY	Free for public governance and welfare	免费提供
R-23-2	PD232	DENY	Service fee for industrial use	公共数据运营服务费
R-23-3	PD233	DENY	Operator prices follow the price authorities	\N
R-23-4	PD234	DENY	Re-developed products: market price	\N
R-23-5	PD235	DENY	Use class is fixed before use (A-21)	\N
R-24-1	PD241	DENY	The developer markets its product	市场化经营
R-24-2	PD242	DENY	Only released products are traded; raw data never	\N
R-24-3	PD243	RECORD	Trading venue	依法设立的数据交易场所
R-25-1	PD251	DENY	Four conditions for every person	实名认证、备案、审查、保密协议
R-25-2	PD252	DENY	One session, one natural person	\N
R-25-3	PD253	RECORD,DENY	Operations are recorded, reviewable, traceable	有记录、可审查、可追溯
R-25-4	PD254	DENY	Evidence cannot be altered	\N
R-25-5	PD255	DENY	No record, no access	\N
R-25-6	PD256	RECORD,HOLD	Re-developed products respect law and rights	\N
R-25-7	PD257	HOLD	Security assessment before raw exploration	安全性评估
R-25-8	PD258	DENY	Raw data only in the controlled environment	安全且受控环境
R-25-9	PD259	CLOSE	Raw sessions are opened, bounded and closed by the operator	\N
R-25-10	PD25A	DENY,CLOCK	Processing logs kept at least 5 years	至少保存5年
R-25-11	PD25B	CLOSE,CLOCK	Permissions close when the agreement ends	及时关闭平台权限
R-25-12	PD25C	CLOCK	Deletion of retained data is urged and proven	督促及时删除
R-25-13	PD25D	CLOSE	Clearance ends with its ground	\N
R-26-1	PD261	CLOCK,RECORD	Evaluation of data supply	数据供给评价
R-26-2	PD262	CLOCK	Evaluation of the operator	\N
R-26-3	PD263	CLOCK	Evaluation of developers	\N
R-26-4	PD264	DENY	Three results	通过、未通过、限期整改
R-26-5	PD265	CLOCK	Rectification in 30 days	30日内完成整改
R-26-6	PD266	HOLD	Re-evaluation by the same body	再次评估
R-26-7	PD267	HOLD	Missed or failed rectification (A-39)	\N
R-26-8	PD268	HOLD	Results decide about going on	继续开展的重要依据
R-26-9	PD269	DENY,RECORD	Evaluated party supplies true material	不得拒绝、隐匿、瞒报
R-26-10	PD26A	DENY	No self-evaluation	\N
R-27-1	PD271	HOLD,RECORD	Four responsible parties	谁管理、谁持有、谁使用、谁运营
R-28-1	PD281	RECORD,HOLD	Security systems of the implementing agency	\N
R-28-2	PD282	DENY	Raw data does not enter the market	原始公共数据资源直接进入市场
R-28-3	PD283	CLOCK,RECORD	Internal-control audit of the operator	内控审计
R-28-4	PD284	RECORD,HOLD	Operator's security duties	\N
R-28-5	PD285	DENY	No use beyond the authorised scope	不得超授权范围使用
R-28-6	PD286	DENY,MASK	Classification governs access	分类分级
R-28-7	PD287	DENY,HOLD	Linkage and aggregation risk	数据关联汇聚风险
R-28-8	PD288	HOLD,RECORD	Developer's own security system	\N
R-28-9	PD289	CLOCK,RECORD	Platform tests and monitoring by the bureau	\N
R-28-10	PD28A	RECORD,CLOSE	Joint handling by regulators	协同处置
R-28-11	PD28B	RECORD	Industry departments secure supply and report risks	\N
R-29-1	PD291	HOLD	Operator has an emergency plan	应急处置预案
R-29-2	PD292	CLOCK	Drills	定期组织演练
R-29-3	PD293	CLOSE,CLOCK	Immediate activation and containment	立即启动
R-29-4	PD294	CLOCK	Report to the implementing agency and competent authorities	\N
R-29-5	PD295	HOLD,CLOCK	Developer: plan, immediate measures, report to operator	\N
R-29-6	PD296	DENY	Incident records are complete and permanent	\N
R-29-7	PD297	RECORD,CLOSE	Incidents found by the database itself	\N
R-30-1	PD301	DENY,RECORD	Ledger per product	成本、收入和支出
R-30-2	PD302	CLOCK,RECORD	Charges and income agree	\N
R-30-3	PD303	DENY	Open to supervision	依法接受监督
R-31-1	PD311	RECORD	Declarations of assetisation and capitalisation	数据资产化、资本化
R-32-1	PD321	CLOCK,RECORD	Disclosure by the implementing agency	授权对象、内容、范围和时限
R-32-2	PD322	CLOCK,RECORD	Product list and use of data by the operator	\N
R-32-3	PD323	DENY	Disclosure is consistent, final and clean	\N
R-32-4	PD324	DENY	The public reads disclosure only	接受社会监督
R-34-1	PD341	CLOCK	Earlier arrangements are brought into line	参照规范完善
R-34-2	PD342	DENY	New activity is bound in full	\N
R-34-3	PD343	HOLD	Public utilities by reference	公用企业
R-36-1	PD361	HOLD	Effective date	施行日期
R-36-2	PD362	HOLD	Other state and provincial provisions prevail	从其规定
X-1	PD001	DENY	Fail closed	\N
X-2	PD002	DENY	No bypass by power	\N
X-3	PD003	DENY	Trusted time	\N
X-4	PD004	DENY	Bound identity	\N
X-5	PD005	DENY	Act and evidence are one	\N
X-6	PD006	DENY	Figures are parameters with a source	\N
X-7	PD007	HOLD	Exceptions are records	\N
X-8	PD008	DENY	Errors teach and do not leak	\N
X-9	PD009	RECORD	Observe and enforce	\N
X-10	PD00A	DENY	One statement, one answer	\N
\.
