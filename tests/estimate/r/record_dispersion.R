# Variances, and comparisons from replicates, of R survey on the synthetic survey of tests/estimate/synthetic.py.
#   python -m tests.estimate.record_r        writes the rows, runs this script, keeps its output beside it
# usage: Rscript record_dispersion.R rows.csv results.csv
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- read.csv(files[1])
rows <- rows[rows$stratum != 9, ]
rows$whole <- "whole"
results <- list()
keep <- function(...) results[[length(results) + 1]] <<- data.frame(...)
plain <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = rows, nest = TRUE)
designs <- list(taylor = plain, jkn = as.svrepdesign(plain, type = "JKn", mse = FALSE),
                jkn_mse = as.svrepdesign(plain, type = "JKn", mse = TRUE))
for (name in names(designs)) {
  d <- designs[[name]]
  for (y in c("income", "age")) for (domain in c("whole", "region", "sex")) for (cell in sort(unique(rows[[domain]]))) {
    # survey before 4.2 counts missing rows in n: they are left out first; replicates count rows of weight 0, we do not
    part <- subset(d, rows[[domain]] == cell & !is.na(rows[[y]]) & rows$weight > 0)
    v <- svyvar(as.formula(paste0("~", y)), part)
    keep(design = name, what = "variance", y = y, domain = domain, cell = cell, value = coef(v)[1], se = SE(v)[1])
  }
  for (y in c("income", "age", "moved")) {
    by <- svyby(as.formula(paste0("~", y)), ~sex, subset(d, !is.na(rows[[y]])), svymean, covmat = TRUE)
    keep(design = name, what = "covariance", y = y, domain = "sex", cell = "both", value = vcov(by)[1, 2], se = NA)
    v <- svycontrast(by, c(1, -1))
    keep(design = name, what = "difference", y = y, domain = "sex", cell = "both", value = coef(v)[[1]], se = SE(v)[[1]])
    v <- svycontrast(by, quote(female / male))
    keep(design = name, what = "quotient", y = y, domain = "sex", cell = "both", value = coef(v)[[1]], se = SE(v)[[1]])
  }
  if (name != "taylor") {
    known <- subset(d, !is.na(rows$income) & !is.na(rows$remittance))
    v <- withReplicates(known, function(w, data) {
      a <- sum(w * data$income); b <- sum(w * data$remittance)
      sqrt((a - b)^2) / (a + b)
    })
    keep(design = name, what = "function", y = "sqrt((income - remittance) * (income - remittance)) / (income + remittance)",
         domain = "whole", cell = "whole", value = coef(v)[[1]], se = SE(v)[[1]])
  }
}
out <- do.call(rbind, results)
for (column in names(out)) if (is.numeric(out[[column]])) out[[column]] <- ifelse(is.na(out[[column]]), "", formatC(out[[column]], digits = 17, format = "g", width = 1))
write.csv(out, files[2], row.names = FALSE, quote = FALSE)
