-- 二、结果：每户每条规则一行，warn 为预警，undecided 为待核实；不预警的不列
-- 2. Answers: a row for each household and rule that warns or is undecided; the others are clear
-- 测试 made: made 0
-- 判定日 as of 2021-12-01; 方言 dialect oracle
-- 此方言的语句由同一程序生成，未在数据库上运行验证，须先用样本核对
-- This dialect was generated and not run: compare with a sample before you rely on it
-- 含示例标准，不得作为正式依据
-- Some values or rules are illustrative and no published policy
-- 所读数据 reads:
-- households: household_id, area, size, net_income_12m
-- members: household_id, member_id, born_on, age, in_school
-- records: household_id, record_id, kind, day, amount
-- 库里没有其中某列的，以选项 lacking（如 members.born_on）重新生成，该列按不知处理
-- Where the database lacks one of these columns, write the statements again with the option lacking, as for members.born_on: it counts as not known
-- 语句只查询，不建表、不改数据；结果只含户编号、区划代码、规则代码与结论，以及规则所述金额、所属档次。
-- It only reads: it makes no table and changes nothing; only ids, areas, rules and verdicts, the amounts that rules state and tiers come out.
-- 空值即不知：既不当作 0，也不当作否；三值逻辑与本库逐户判定一致。
-- Null is not known, neither 0 nor no; the logic of three values is that of the library.
-- 成员行数少于户内人口数的，所缺成员按不知处理；多于的，每行都不确定。
-- Where fewer members came than the household states, those that lack are unknown; where more came, none is sure.
-- 全凭数据提供方担保：金额以分为单位；部门数据齐全（没有记录即没有此事）；区划代码存在且为当日代码；编号不含个人信息；预检没有一行结果。
-- Taken on trust: amounts are in fen; the records are complete (no record means none); area codes exist, as coded on the day; ids hold nothing personal; the preflight gave no row. A screening by the library checks and sets aside by itself; these do not.
WITH "HOMES" AS (
 SELECT
  "HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  "AREA" AS "AREA",
  CAST("SIZE" AS INT) AS "SIZE",
  CAST("NET_INCOME_12M" AS INT) AS "NET_INCOME_12M"
 FROM "HOUSEHOLDS"
 WHERE
  SUBSTR("AREA", 1, 2) = '61'
), "MEMBERS_CAME" AS (
 SELECT
  "HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  CASE
   WHEN CAST("BORN_ON" AS DATE) IS NULL
   THEN CAST("AGE" AS INT)
   ELSE CAST(CASE
    WHEN (
     (
      2021 - EXTRACT(YEAR FROM CAST("BORN_ON" AS DATE))
     ) - CASE
      WHEN EXTRACT(MONTH FROM CAST("BORN_ON" AS DATE)) > 12
      OR (
       EXTRACT(MONTH FROM CAST("BORN_ON" AS DATE)) = 12 AND EXTRACT(DAY FROM CAST("BORN_ON" AS DATE)) > 1
      )
      THEN 1
      ELSE 0
     END
    ) >= 0
    AND (
     (
      2021 - EXTRACT(YEAR FROM CAST("BORN_ON" AS DATE))
     ) - CASE
      WHEN EXTRACT(MONTH FROM CAST("BORN_ON" AS DATE)) > 12
      OR (
       EXTRACT(MONTH FROM CAST("BORN_ON" AS DATE)) = 12 AND EXTRACT(DAY FROM CAST("BORN_ON" AS DATE)) > 1
      )
      THEN 1
      ELSE 0
     END
    ) <= 130
    THEN (
     2021 - EXTRACT(YEAR FROM CAST("BORN_ON" AS DATE))
    ) - CASE
     WHEN EXTRACT(MONTH FROM CAST("BORN_ON" AS DATE)) > 12
     OR (
      EXTRACT(MONTH FROM CAST("BORN_ON" AS DATE)) = 12 AND EXTRACT(DAY FROM CAST("BORN_ON" AS DATE)) > 1
     )
     THEN 1
     ELSE 0
    END
   END AS INT)
  END AS "AGE",
  "IN_SCHOOL" AS "IN_SCHOOL"
 FROM "MEMBERS"
), "MEMBERS_COUNTED" AS (
 SELECT
  "HOUSEHOLD_ID",
  COUNT(*) AS "N"
 FROM "MEMBERS_CAME"
 GROUP BY
  "HOUSEHOLD_ID"
), "MEMBERS_HELD" AS (
 SELECT
  "MEMBERS_CAME"."HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  "MEMBERS_CAME"."AGE" AS "AGE",
  "MEMBERS_CAME"."IN_SCHOOL" AS "IN_SCHOOL",
  CASE WHEN "MEMBERS_COUNTED"."N" > "HOMES"."SIZE" THEN NULL ELSE TRUE END AS "_THERE",
  1 AS "_TIMES",
  CASE WHEN "MEMBERS_COUNTED"."N" > "HOMES"."SIZE" THEN 'members' END AS "_MISSING"
 FROM "MEMBERS_CAME"
 JOIN "HOMES"
  ON "HOMES"."HOUSEHOLD_ID" = "MEMBERS_CAME"."HOUSEHOLD_ID"
 JOIN "MEMBERS_COUNTED"
  ON "MEMBERS_COUNTED"."HOUSEHOLD_ID" = "MEMBERS_CAME"."HOUSEHOLD_ID"
 UNION ALL
 SELECT
  "HOMES"."HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  NULL AS "AGE",
  NULL AS "IN_SCHOOL",
  CASE WHEN "HOMES"."SIZE" IS NULL THEN NULL ELSE TRUE END AS "_THERE",
  CASE WHEN "HOMES"."SIZE" IS NULL THEN 99 ELSE "HOMES"."SIZE" - COALESCE("MEMBERS_COUNTED"."N", 0) END AS "_TIMES",
  'members' AS "_MISSING"
 FROM "HOMES"
 LEFT JOIN "MEMBERS_COUNTED"
  ON "MEMBERS_COUNTED"."HOUSEHOLD_ID" = "HOMES"."HOUSEHOLD_ID"
 WHERE
  COALESCE("MEMBERS_COUNTED"."N", 0) < "HOMES"."SIZE"
  OR (
   "HOMES"."SIZE" IS NULL AND COALESCE("MEMBERS_COUNTED"."N", 0) = 0
  )
), "RECORDS_CAME" AS (
 SELECT
  "HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  "KIND" AS "KIND",
  CAST("DAY" AS DATE) AS "DAY",
  CAST("AMOUNT" AS INT) AS "AMOUNT"
 FROM "RECORDS"
), "TOLD_1" AS (
 SELECT
  "RECORDS_CAME".*,
  "DAY" >= CAST('2020-12-01' AS DATE) AND "DAY" < CAST('2021-12-01' AS DATE) AND "KIND" = 'job_loss' AS "TOLD1_1"
 FROM "RECORDS_CAME"
), "RECORDS_FOLDED" AS (
 SELECT
  "TOLD_1"."HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  SUM(CASE WHEN "TOLD1_1" THEN COALESCE("AMOUNT", 0) ELSE 0 END) AS "_RECORDS_0",
  SUM(
   CASE
    WHEN COALESCE("TOLD1_1", TRUE)
    THEN CASE
     WHEN "TOLD1_1"
     THEN COALESCE("AMOUNT", 10000000000)
     ELSE GREATEST(COALESCE("AMOUNT", 10000000000), 0)
    END
    ELSE 0
   END
  ) AS "_RECORDS_1"
 FROM "TOLD_1"
 GROUP BY
  "TOLD_1"."HOUSEHOLD_ID"
), "MEMBERS_FOLDED" AS (
 SELECT
  "MEMBERS_HELD"."HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  SUM(CASE WHEN "_THERE" AND "AGE" >= 6 AND "AGE" <= 15 AND NOT "IN_SCHOOL" THEN 1 ELSE 0 END * "_TIMES") AS "_MEMBERS_0",
  SUM(
   CASE WHEN (
    "_THERE" AND "AGE" >= 6 AND "AGE" <= 15 AND NOT "IN_SCHOOL"
   ) IS NULL THEN 1 ELSE 0 END * "_TIMES"
  ) AS "_MEMBERS_1"
 FROM "MEMBERS_HELD"
 GROUP BY
  "MEMBERS_HELD"."HOUSEHOLD_ID"
), "WIDE" AS (
 SELECT
  "HOMES"."HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
  "HOMES"."AREA" AS "AREA",
  "HOMES"."SIZE" AS "SIZE",
  "HOMES"."NET_INCOME_12M" AS "NET_INCOME_12M",
  "RECORDS_FOLDED"."_RECORDS_0" AS "_RECORDS_0",
  "RECORDS_FOLDED"."_RECORDS_1" AS "_RECORDS_1",
  "MEMBERS_FOLDED"."_MEMBERS_0" AS "_MEMBERS_0",
  "MEMBERS_FOLDED"."_MEMBERS_1" AS "_MEMBERS_1"
 FROM "HOMES"
 LEFT JOIN "RECORDS_FOLDED"
  ON "RECORDS_FOLDED"."HOUSEHOLD_ID" = "HOMES"."HOUSEHOLD_ID"
 LEFT JOIN "MEMBERS_FOLDED"
  ON "MEMBERS_FOLDED"."HOUSEHOLD_ID" = "HOMES"."HOUSEHOLD_ID"
), "JUDGED" AS (
 SELECT
  "HOUSEHOLD_ID",
  "AREA",
  "NET_INCOME_12M" < (
   600000 * "SIZE"
  ) AS "R1", /* income 规则 rule */
  2600000 < COALESCE("_RECORDS_0", 0)
  OR CASE WHEN 2600000 < COALESCE("_RECORDS_1", 0) THEN NULL ELSE FALSE END AS "R2", /* medical 规则 rule */
  COALESCE("_MEMBERS_0", 0) > 0 OR CASE WHEN COALESCE("_MEMBERS_1", 0) > 0 THEN NULL ELSE FALSE END AS "R3" /* school 规则 rule */
 FROM "WIDE"
), "CODED" AS (
 SELECT
  "HOUSEHOLD_ID",
  "AREA",
  CONCAT(
   CASE WHEN "R1" THEN '2' WHEN NOT "R1" THEN '0' ELSE '1' END,
   CASE WHEN "R2" THEN '2' WHEN NOT "R2" THEN '0' ELSE '1' END,
   CASE WHEN "R3" THEN '2' WHEN NOT "R3" THEN '0' ELSE '1' END
  ) AS "SIGNS"
 FROM "JUDGED"
), "LISTED" AS (
 SELECT
  1 AS "N",
  'income' AS "RULE_ID"
 UNION ALL
 SELECT
  2 AS "N",
  'medical' AS "RULE_ID"
 UNION ALL
 SELECT
  3 AS "N",
  'school' AS "RULE_ID"
)
SELECT
 "CODED"."HOUSEHOLD_ID" AS "HOUSEHOLD_ID",
 "CODED"."AREA" AS "AREA",
 "LISTED"."RULE_ID" AS "RULE_ID",
 CASE WHEN SUBSTR("SIGNS", "N", 1) = '2' THEN 'warn' ELSE 'undecided' END AS "VERDICT"
FROM "CODED"
CROSS JOIN "LISTED"
WHERE
 SUBSTR("SIGNS", "N", 1) IN ('1', '2')
