-- 二、结果：每户每条规则一行，warn 为预警，undecided 为待核实；不预警的不列
-- 2. Answers: a row for each household and rule that warns or is undecided; the others are clear
-- 测试 made: made 0
-- 判定日 as of 2021-12-01; 方言 dialect hive
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
WITH `homes` AS (
 SELECT
  `household_id` AS `household_id`,
  `area` AS `area`,
  CAST(`size` AS BIGINT) AS `size`,
  CAST(`net_income_12m` AS BIGINT) AS `net_income_12m`
 FROM `households`
 WHERE
  SUBSTRING(`area`, 1, 2) = '61'
), `members_came` AS (
 SELECT
  `household_id` AS `household_id`,
  CASE
   WHEN CAST(`born_on` AS DATE) IS NULL
   THEN CAST(`age` AS BIGINT)
   ELSE CAST(CASE
    WHEN (
     (
      2021 - EXTRACT(YEAR FROM CAST(`born_on` AS DATE))
     ) - CASE
      WHEN EXTRACT(MONTH FROM CAST(`born_on` AS DATE)) > 12
      OR (
       EXTRACT(MONTH FROM CAST(`born_on` AS DATE)) = 12 AND EXTRACT(DAY FROM CAST(`born_on` AS DATE)) > 1
      )
      THEN 1
      ELSE 0
     END
    ) >= 0
    AND (
     (
      2021 - EXTRACT(YEAR FROM CAST(`born_on` AS DATE))
     ) - CASE
      WHEN EXTRACT(MONTH FROM CAST(`born_on` AS DATE)) > 12
      OR (
       EXTRACT(MONTH FROM CAST(`born_on` AS DATE)) = 12 AND EXTRACT(DAY FROM CAST(`born_on` AS DATE)) > 1
      )
      THEN 1
      ELSE 0
     END
    ) <= 130
    THEN (
     2021 - EXTRACT(YEAR FROM CAST(`born_on` AS DATE))
    ) - CASE
     WHEN EXTRACT(MONTH FROM CAST(`born_on` AS DATE)) > 12
     OR (
      EXTRACT(MONTH FROM CAST(`born_on` AS DATE)) = 12 AND EXTRACT(DAY FROM CAST(`born_on` AS DATE)) > 1
     )
     THEN 1
     ELSE 0
    END
   END AS BIGINT)
  END AS `age`,
  `in_school` AS `in_school`
 FROM `members`
), `members_counted` AS (
 SELECT
  `household_id`,
  COUNT(*) AS `n`
 FROM `members_came`
 GROUP BY
  `household_id`
), `members_held` AS (
 SELECT
  `members_came`.`household_id` AS `household_id`,
  `members_came`.`age` AS `age`,
  `members_came`.`in_school` AS `in_school`,
  CASE WHEN `members_counted`.`n` > `homes`.`size` THEN NULL ELSE TRUE END AS `_there`,
  1 AS `_times`,
  CASE WHEN `members_counted`.`n` > `homes`.`size` THEN 'members' END AS `_missing`
 FROM `members_came`
 JOIN `homes`
  ON `homes`.`household_id` = `members_came`.`household_id`
 JOIN `members_counted`
  ON `members_counted`.`household_id` = `members_came`.`household_id`
 UNION ALL
 SELECT
  `homes`.`household_id` AS `household_id`,
  NULL AS `age`,
  NULL AS `in_school`,
  CASE WHEN `homes`.`size` IS NULL THEN NULL ELSE TRUE END AS `_there`,
  CASE WHEN `homes`.`size` IS NULL THEN 99 ELSE `homes`.`size` - COALESCE(`members_counted`.`n`, 0) END AS `_times`,
  'members' AS `_missing`
 FROM `homes`
 LEFT JOIN `members_counted`
  ON `members_counted`.`household_id` = `homes`.`household_id`
 WHERE
  COALESCE(`members_counted`.`n`, 0) < `homes`.`size`
  OR (
   `homes`.`size` IS NULL AND COALESCE(`members_counted`.`n`, 0) = 0
  )
), `records_came` AS (
 SELECT
  `household_id` AS `household_id`,
  `kind` AS `kind`,
  CAST(`day` AS DATE) AS `day`,
  CAST(`amount` AS BIGINT) AS `amount`
 FROM `records`
), `told_1` AS (
 SELECT
  `records_came`.*,
  `day` >= CAST('2020-12-01' AS DATE) AND `day` < CAST('2021-12-01' AS DATE) AND `kind` = 'job_loss' AS `told1_1`
 FROM `records_came`
), `records_folded` AS (
 SELECT
  `told_1`.`household_id` AS `household_id`,
  SUM(CASE WHEN `told1_1` THEN COALESCE(`amount`, 0) ELSE 0 END) AS `_records_0`,
  SUM(
   CASE
    WHEN COALESCE(`told1_1`, TRUE)
    THEN CASE
     WHEN `told1_1`
     THEN COALESCE(`amount`, 10000000000)
     ELSE GREATEST(COALESCE(`amount`, 10000000000), 0)
    END
    ELSE 0
   END
  ) AS `_records_1`
 FROM `told_1`
 GROUP BY
  `told_1`.`household_id`
), `members_folded` AS (
 SELECT
  `members_held`.`household_id` AS `household_id`,
  SUM(CASE WHEN `_there` AND `age` >= 6 AND `age` <= 15 AND NOT `in_school` THEN 1 ELSE 0 END * `_times`) AS `_members_0`,
  SUM(
   CASE WHEN (
    `_there` AND `age` >= 6 AND `age` <= 15 AND NOT `in_school`
   ) IS NULL THEN 1 ELSE 0 END * `_times`
  ) AS `_members_1`
 FROM `members_held`
 GROUP BY
  `members_held`.`household_id`
), `wide` AS (
 SELECT
  `homes`.`household_id` AS `household_id`,
  `homes`.`area` AS `area`,
  `homes`.`size` AS `size`,
  `homes`.`net_income_12m` AS `net_income_12m`,
  `records_folded`.`_records_0` AS `_records_0`,
  `records_folded`.`_records_1` AS `_records_1`,
  `members_folded`.`_members_0` AS `_members_0`,
  `members_folded`.`_members_1` AS `_members_1`
 FROM `homes`
 LEFT JOIN `records_folded`
  ON `records_folded`.`household_id` = `homes`.`household_id`
 LEFT JOIN `members_folded`
  ON `members_folded`.`household_id` = `homes`.`household_id`
), `judged` AS (
 SELECT
  `household_id`,
  `area`,
  `net_income_12m` < (
   600000 * `size`
  ) AS `r1`, /* income 规则 rule */
  2600000 < COALESCE(`_records_0`, 0)
  OR CASE WHEN 2600000 < COALESCE(`_records_1`, 0) THEN NULL ELSE FALSE END AS `r2`, /* medical 规则 rule */
  COALESCE(`_members_0`, 0) > 0 OR CASE WHEN COALESCE(`_members_1`, 0) > 0 THEN NULL ELSE FALSE END AS `r3` /* school 规则 rule */
 FROM `wide`
), `coded` AS (
 SELECT
  `household_id`,
  `area`,
  CONCAT(
   CASE WHEN `r1` THEN '2' WHEN NOT `r1` THEN '0' ELSE '1' END,
   CASE WHEN `r2` THEN '2' WHEN NOT `r2` THEN '0' ELSE '1' END,
   CASE WHEN `r3` THEN '2' WHEN NOT `r3` THEN '0' ELSE '1' END
  ) AS `signs`
 FROM `judged`
), `listed` AS (
 SELECT
  1 AS `n`,
  'income' AS `rule_id`
 UNION ALL
 SELECT
  2 AS `n`,
  'medical' AS `rule_id`
 UNION ALL
 SELECT
  3 AS `n`,
  'school' AS `rule_id`
)
SELECT
 `coded`.`household_id` AS `household_id`,
 `coded`.`area` AS `area`,
 `listed`.`rule_id` AS `rule_id`,
 CASE WHEN SUBSTRING(`signs`, `n`, 1) = '2' THEN 'warn' ELSE 'undecided' END AS `verdict`
FROM `coded`
CROSS JOIN `listed`
WHERE
 SUBSTRING(`signs`, `n`, 1) IN ('1', '2')
