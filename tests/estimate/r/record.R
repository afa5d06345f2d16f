# Results of R survey on the synthetic survey of tests/estimate/synthetic.py.
#   python -m tests.estimate.record_r        writes the rows, runs this script, keeps its output beside it
# usage: Rscript record.R rows.csv results.csv
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- read.csv(files[1])
options(survey.adjust.domain.lonely = FALSE)
rows$whole <- "whole"
results <- list()

tight <- function(p, design) {  # the logit interval of svyciprop, its regression run to convergence
  fit <- suppressWarnings(svyglm(p, design, family = quasibinomial(), control = list(epsilon = 1e-15, maxit = 100)))
  c(coef(fit), SE(fit))
}

one <- function(design, name, kind, y, x, domain, cell) {
  known <- !is.na(rows[[y]]) & (if (nzchar(x)) !is.na(rows[[x]]) else TRUE)
  part <- subset(design, rows[[domain]] == cell & known)
  yf <- as.formula(paste0("~", y))
  wr <- NA; wor <- NA; low <- NA; high <- NA
  if (kind == "ratio") {
    r <- svyratio(yf, as.formula(paste0("~", x)), part, deff = TRUE)
    value <- coef(r); se <- SE(r); wor <- attr(r, "deff")[1]
  } else {
    f <- if (kind == "total") svytotal else svymean
    r <- f(yf, part, deff = TRUE); wor <- deff(r)[1]
    wr <- deff(f(yf, part, deff = "replace"))[1]
    value <- coef(r); se <- SE(r)
  }
  df <- degf(part)
  if (kind == "proportion" && value > 0 && value < 1 && df > 0) {
    fit <- tight(as.formula(paste0(y, " ~ 1")), part)
    low <- plogis(fit[1] - qt(0.975, df) * fit[2]); high <- plogis(fit[1] + qt(0.975, df) * fit[2])
  }
  used <- rows[[domain]] == cell & known & rows$weight > 0
  data.frame(design = name, kind = kind, y = y, x = x, domain = domain, cell = cell, value = unname(value), se = c(se),
             deff = unname(wor), deff_wr = unname(wr), df = df, n = sum(used), logit_low = unname(low),
             logit_high = unname(high))
}

designs <- list(
  strata_psu_fpc = quote(svydesign(~psu, strata = ~stratum, weights = ~weight, fpc = ~population_psus, data = rows, nest = TRUE)),
  strata_psu = quote(svydesign(~psu, strata = ~stratum, weights = ~weight, data = rows, nest = TRUE)),
  strata_only = quote(svydesign(~1, strata = ~stratum, weights = ~weight, data = rows)),
  psu_only = quote(svydesign(~interaction(stratum, psu), weights = ~weight, data = rows)),
  weights_only = quote(svydesign(~1, weights = ~weight, data = rows)))
rules <- list(strata_psu_fpc = c("adjust", "certainty"), strata_psu = c("adjust", "average", "certainty", "remove"),
              strata_only = "fail", psu_only = "fail", weights_only = "fail")
things <- list(c("proportion", "moved", ""), c("mean", "income", ""), c("mean", "year", ""), c("total", "moved", ""),
               c("total", "income", ""), c("ratio", "remittance", "income"))
for (design in names(designs)) for (rule in rules[[design]]) {
  options(survey.lonely.psu = rule)
  d <- eval(designs[[design]])
  for (thing in things) for (domain in c("whole", "region", "sex")) for (cell in sort(unique(rows[[domain]])))
    # survey 4.1-1 centres totals of lonely psus at 0 under "adjust"; 4.3 and later as documented
    if (!(rule == "adjust" && thing[1] == "total"))
      results[[length(results) + 1]] <-
        suppressWarnings(one(d, paste(design, rule, sep = "/"), thing[1], thing[2], thing[3], domain, cell))
}
out <- do.call(rbind, results)
for (column in names(out)) if (is.numeric(out[[column]])) out[[column]] <- formatC(out[[column]], digits = 17, format = "g")
write.csv(out, files[2], row.names = FALSE, quote = FALSE)
