# Results of R survey on the synthetic survey of tests/estimate/synthetic.py: two stages, and replicates.
#   python -m tests.estimate.record_r        writes the rows, runs this script, keeps its output beside it
# usage: Rscript record_replicates.R rows.csv results.csv
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- read.csv(files[1])
rows$whole <- "whole"
rows$one_psu <- rows$stratum * 1000 + rows$psu
rows$home <- rows$one_psu * 100 + rows$household
rows$homes <- ave(rows$home, rows$one_psu, FUN = function(h) 2 * length(unique(h)) + 3)
several <- subset(rows, stratum != 9)
two <- subset(several, psu <= 2)
options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = FALSE)

taylor <- function(data) svydesign(~one_psu, strata = ~stratum, weights = ~weight, data = data)
with_fpc <- function(data) svydesign(~one_psu, strata = ~stratum, weights = ~weight, fpc = ~population_psus, data = data)
supplied <- function(mse) {
  made <- as.svrepdesign(with_fpc(several), type = "JKn")
  columns <- weights(made, "analysis")
  svrepdesign(repweights = columns, weights = several$weight, data = several, type = "other", scale = 0.7,
              rscales = seq(0.5, 1.5, length.out = ncol(columns)), combined.weights = TRUE, mse = mse)
}
designs <- list(
  two_stages = svydesign(~one_psu + home, strata = ~stratum, weights = ~weight, fpc = ~population_psus + homes, data = several),
  two_stages_certain = svydesign(~one_psu + home, strata = ~stratum, weights = ~weight, fpc = ~certain + homes,
                                 data = transform(several, certain = ave(psu, stratum, FUN = function(p) length(unique(p))))),
  jkn = as.svrepdesign(taylor(several), type = "JKn", mse = FALSE),
  jkn_mse_fpc = as.svrepdesign(with_fpc(several), type = "JKn", mse = TRUE),
  jkn_lonely_adjust = as.svrepdesign(taylor(rows), type = "JKn", mse = TRUE),
  jk1 = as.svrepdesign(svydesign(~one_psu, weights = ~weight, data = several), type = "JK1", mse = TRUE),
  brr = as.svrepdesign(taylor(two), type = "BRR", mse = TRUE),
  supplied = supplied(FALSE),
  supplied_mse = supplied(TRUE))
options(survey.lonely.psu = "remove")
designs$jkn_lonely_remove <- as.svrepdesign(taylor(rows), type = "JKn", mse = TRUE)
options(survey.lonely.psu = "adjust")

one <- function(name, kind, y, x, domain, cell) {
  design <- designs[[name]]
  data <- if (inherits(design, "svyrep.design")) design$variables else design$variables
  known <- !is.na(data[[y]]) & (if (nzchar(x)) !is.na(data[[x]]) else TRUE)
  part <- subset(design, data[[domain]] == cell & known)
  yf <- as.formula(paste0("~", y))
  r <- switch(kind, ratio = svyratio(yf, as.formula(paste0("~", x)), part), total = svytotal(yf, part), svymean(yf, part))
  data.frame(design = name, kind = kind, y = y, x = x, domain = domain, cell = cell, value = unname(coef(r)),
             se = c(SE(r)), df = degf(part))
}

things <- list(c("proportion", "moved", ""), c("mean", "income", ""), c("total", "income", ""),
               c("ratio", "remittance", "income"))
results <- list()
for (name in names(designs)) for (thing in things) for (domain in c("whole", "region", "sex")) {
  totals_of_other_centre <- name == "brr"  # R's matrix is another: only totals, which balance alike, are compared
  if (totals_of_other_centre && thing[1] != "total") next
  for (cell in sort(unique(designs[[name]]$variables[[domain]])))
    results[[length(results) + 1]] <- suppressWarnings(one(name, thing[1], thing[2], thing[3], domain, cell))
}
out <- do.call(rbind, results)
for (column in names(out)) if (is.numeric(out[[column]])) out[[column]] <- formatC(out[[column]], digits = 17, format = "g")
write.csv(out, files[2], row.names = FALSE, quote = FALSE)
