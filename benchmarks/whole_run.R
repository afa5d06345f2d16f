# The estimates of benchmarks/whole_run.py in R survey: Rscript whole_run.R person.sav out.csv [all | name,name].
# Prints the seconds of each step; values and standard errors go to out.csv.
suppressMessages({library(haven); library(survey)})
arguments <- commandArgs(TRUE)
cat("versions", R.version.string, "survey", as.character(packageVersion("survey")), "haven",
    as.character(packageVersion("haven")), "\n")
step <- function(name, expr) cat(name, system.time(expr)[["elapsed"]], "\n")

used <- c("HHID", "LN", "CLUST", "KATO", "AREA", "PERW", "WQ", sprintf("P%02d", 3:35))
step("read", rows <- read_sav(arguments[1], col_select = tidyselect::all_of(used)))  # user-missing codes become NA

step("derive", {
  d <- data.frame(lapply(rows, as.numeric))
  regions <- sprintf("r%02d", 1:17)
  d$region <- factor(regions[d$KATO], regions)
  d$area <- factor(c("urban", "rural")[d$AREA], c("urban", "rural"))
  d$sex <- factor(c("male", "female")[d$P03], c("male", "female"))
  wealth <- c("poorest", "second", "middle", "fourth", "richest")
  d$wealth <- factor(wealth[d$WQ], wealth)
  bands <- c("a0_14", "a15_24", "a25_34", "a35_49", "a50_64", "a65")
  d$age_group <- cut(d$P04, c(0, 15, 25, 35, 50, 65, Inf), right = FALSE, labels = bands)
  d$born_abroad <- d$number_abroad <- as.numeric(d$P05 == 4)
  d$non_citizens <- as.numeric(d$P06 %in% c(2, 3)); d$non_citizens[is.na(d$P06)] <- NA
  d$other_region <- as.numeric(d$P05 == 3)
  d$moved_5y <- as.numeric(d$P07 != 1)
  d$from_abroad_5y <- as.numeric(d$P07 == 4)
  d$moved_1y <- as.numeric(d$P08 != 1)
  d$second_generation <- as.numeric(d$P05 != 4 & (d$P23 == 4 | d$P24 == 4))
  d$employed <- as.numeric(d$P12 == 1)
  d$with_contract <- as.numeric(d$P15 == 1)
  d$documented <- as.numeric(d$P16 == 1 & d$P17 == 1)
  d$intending <- as.numeric(d$P18 == 1)
  d$senders <- as.numeric(d$P19 == 1)
  d$worked_abroad <- as.numeric(d$P22 == 1)
  d$connected <- as.numeric(d$P28 == 1 | d$P29 == 1 | d$P30 == 1)
  d$mean_years <- ifelse(d$P09 < 95, d$P09, NA)
  d$mean_hours <- d$P13
  d$mean_trips <- d$P21
  reasons <- c("work", "study", "marriage", "family", "housing", "return", "other")
  d$reasons <- factor(reasons[d$P10], reasons)
  d$remitted <- d$P20
  d$earned <- d$P14
})

step("design", {
  whole <- svydesign(~CLUST, strata = ~interaction(KATO, AREA), weights = ~PERW, data = d)
  designs <- list(
    everyone = whole,
    age1plus = subset(whole, P04 >= 1),
    age5plus = subset(whole, P04 >= 5),
    adults = subset(whole, P04 >= 15),
    workers = subset(whole, P12 %in% 1),
    movers = subset(whole, P09 %in% 0:94),
    senders = subset(whole, P12 %in% 1 & P19 %in% 1)
  )
})

universe <- c(
  born_abroad = "everyone", non_citizens = "everyone", other_region = "everyone", moved_5y = "age5plus",
  from_abroad_5y = "age5plus", moved_1y = "age1plus", second_generation = "everyone", employed = "adults",
  with_contract = "workers", documented = "everyone", intending = "adults", senders = "adults",
  worked_abroad = "adults", connected = "everyone", mean_years = "movers", mean_hours = "workers",
  mean_trips = "adults", reasons = "movers", number_abroad = "everyone", remitted_share = "senders"
)
domains <- list(
  total = NULL, sex = ~sex, area = ~area, region = ~region, age_group = ~age_group, wealth = ~wealth,
  "region \u00d7 sex" = ~region + sex
)
chosen <- if (length(arguments) < 3 || arguments[3] == "all") names(universe) else strsplit(arguments[3], ",")[[1]]

estimate <- function(name, domain) {
  design <- designs[[universe[[name]]]]
  by <- domains[[domain]]
  if (name == "remitted_share") {
    found <- if (is.null(by)) svyratio(~remitted, ~earned, design, na.rm = TRUE) else
      svyby(~remitted, by, design, svyratio, denominator = ~earned, na.rm = TRUE, keep.names = FALSE)
  } else {
    statistic <- if (name == "number_abroad") svytotal else svymean
    formula <- as.formula(paste0("~", name))
    found <- if (is.null(by)) statistic(formula, design, na.rm = TRUE) else
      svyby(formula, by, design, statistic, na.rm = TRUE, keep.names = FALSE)
  }
  parts <- if (name == "reasons") levels(d$reasons) else ""
  if (is.null(by)) return(data.frame(indicator = name, category = parts, domain = "total", cell = "",
                                     value = as.numeric(coef(found)), se = as.numeric(SE(found))))
  keys <- all.vars(by)
  cells <- do.call(paste, c(lapply(keys, function(k) as.character(found[[k]])), sep = " \u00d7 "))
  numbers <- as.matrix(as.data.frame(found)[setdiff(names(found), keys)])  # statistics, then standard errors
  half <- seq_len(ncol(numbers) / 2)
  data.frame(indicator = name, category = rep(parts, each = nrow(numbers)), domain = domain, cell = cells,
             value = as.vector(numbers[, half]), se = as.vector(numbers[, -half]))
}

step("estimate", results <- do.call(rbind, lapply(chosen, function(name)
  do.call(rbind, lapply(names(domains), function(domain) estimate(name, domain))))))

digits <- function(x) ifelse(is.na(x), "NA", sprintf("%.17g", x))
results$value <- digits(results$value)
results$se <- digits(results$se)
write.csv(results, arguments[2], row.names = FALSE, fileEncoding = "UTF-8")
