# Quantiles, functions of totals and contrasts of R survey on the synthetic survey of tests/estimate/synthetic.py.
#   python -m tests.estimate.record_r        writes the rows, runs this script, keeps its output beside it
# usage: Rscript record_statistics.R rows.csv results.csv
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- read.csv(files[1])
options(survey.adjust.domain.lonely = FALSE)
rows$whole <- "whole"
results <- list()
keep <- function(...) results[[length(results) + 1]] <<- data.frame(...)

# survey before 4.4 tests wlow == 0, which is wrong where p is below the first share: as 4.4 and later have it
if (packageVersion("survey") < "4.4") {
  mended <- function(x, w, p) {
    x <- x[w != 0]; w <- w[w != 0]
    at <- survey:::qs(x, w, p)
    if (at$wlow <= 0) at$qlow else at$qup
  }
  for (name in c("qrule_math", "qrule_hf1")) assignInNamespace(name, mended, "survey")
}

designs <- list(
  strata_psu_fpc = quote(svydesign(~psu, strata = ~stratum, weights = ~weight, fpc = ~population_psus, data = rows, nest = TRUE)),
  strata_psu = quote(svydesign(~psu, strata = ~stratum, weights = ~weight, data = rows, nest = TRUE)),
  weights_only = quote(svydesign(~1, weights = ~weight, data = rows)))
options(survey.lonely.psu = "certainty")
rules <- c("math", "school", "shahvaish", paste0("hf", 1:9))
for (name in names(designs)) {
  d <- eval(designs[[name]])
  ways <- rbind(data.frame(rule = "math", interval = c("mean", "xlogit", "beta", "asin")),
                if (name == "strata_psu") data.frame(rule = rules[-1], interval = "mean"))
  for (y in c("income", "age")) for (domain in c("whole", "region", "sex")) for (cell in sort(unique(rows[[domain]]))) {
    part <- subset(d, rows[[domain]] == cell & !is.na(rows[[y]]))
    if (degf(part) < 1) next
    for (k in seq_len(nrow(ways))) for (p in c(0.1, 0.25, 0.5, 0.9)) {
      # svyquantile counts rows of weight 0 in the n of "beta", which are no cases
      used <- if (ways$interval[k] == "beta") subset(part, weights(part) > 0) else part
      q <- suppressWarnings(svyquantile(as.formula(paste0("~", y)), used, p, qrule = ways$rule[k],
                                        interval.type = ways$interval[k], df = degf(part)))[[1]]
      keep(design = name, what = "quantile", y = y, domain = domain, cell = cell, p = p,
           detail = paste(ways$rule[k], ways$interval[k]), value = q[1], se = q[4], low = q[2], high = q[3])
    }
  }
  known <- subset(d, !is.na(rows$income))
  totals <- svytotal(~income + remittance + age, known)
  for (f in c("sqrt((income - remittance) * (income - remittance)) / (income + remittance)", "log(income / age)", "sqrt(income * remittance) / age",
              "remittance / income")) {
    v <- svycontrast(totals, parse(text = f)[[1]])
    keep(design = name, what = "function", y = f, domain = "whole", cell = "whole", p = NA, detail = "", value = coef(v)[[1]],
         se = SE(v)[[1]], low = NA, high = NA)
  }
  for (y in c("income", "age")) {
    by <- svyby(as.formula(paste0("~", y)), ~sex, subset(d, !is.na(rows[[y]])), svymean, covmat = TRUE)
    keep(design = name, what = "covariance", y = y, domain = "sex", cell = "both", p = NA, detail = "",
         value = vcov(by)[1, 2], se = NA, low = NA, high = NA)
    v <- svycontrast(by, c(1, -1))
    keep(design = name, what = "difference", y = y, domain = "sex", cell = "both", p = NA, detail = "",
         value = coef(v)[[1]], se = SE(v)[[1]], low = NA, high = NA)
    v <- svycontrast(by, quote(female / male))
    keep(design = name, what = "quotient", y = y, domain = "sex", cell = "both", p = NA, detail = "",
         value = coef(v)[[1]], se = SE(v)[[1]], low = NA, high = NA)
  }
}
out <- do.call(rbind, results)
for (column in names(out)) if (is.numeric(out[[column]])) out[[column]] <- ifelse(is.na(out[[column]]), "", formatC(out[[column]], digits = 17, format = "g", width = 1))
write.csv(out, files[2], row.names = FALSE, quote = FALSE)
