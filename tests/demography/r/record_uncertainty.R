# Totals of moves, their covariance and replicates, and functions of them, by R survey on tests/estimate/synthetic.py.
#   python -m tests.demography.record_uncertainty      writes the rows, runs this script, keeps its output beside it
# usage: Rscript record_uncertainty.R rows.csv results.csv
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- subset(read.csv(files[1]), stratum != 9)
rows$one_psu <- rows$stratum * 1000 + rows$psu
moved <- ifelse(is.na(rows$moved), 0, rows$moved)
for (region in c("north", "east")) {
  here <- rows$region == region
  rows[[paste0("in_", region)]] <- here * moved * (rows$sex == "male")
  rows[[paste0("out_", region)]] <- here * moved * (rows$sex == "female")
  rows[[paste0("people_", region)]] <- as.numeric(here)
}
names <- c("in_north", "in_east", "out_north", "out_east", "people_north", "people_east")
formula <- reformulate(names)
design <- svydesign(~one_psu, strata = ~stratum, weights = ~weight, data = rows)
totals <- svytotal(formula, design)
contrasts <- svycontrast(totals, list(
  net_rate = quote(1000 * (in_north - out_north) / people_north),
  effectiveness = quote(100 * (in_north - out_north) / (in_north + out_north)),
  log_ratio = quote(log(in_north / in_east) / 5),
  product = quote(in_north * people_east / people_north)
))
set.seed(4)
boot <- as.svrepdesign(design, type = "bootstrap", replicates = 60, mse = TRUE)
jkn <- as.svrepdesign(design, type = "JKn", mse = TRUE)
mei <- function(w, data) {
  t <- colSums(w * as.matrix(data[, names]))
  100 * sum(abs(t[1:2] - t[3:4])) / sum(t[1:4])
}
keep <- function(what, x) data.frame(what = what, at = seq_along(x) - 1, value = as.numeric(x))
out <- rbind(
  keep("totals", coef(totals)), keep("covariance", vcov(totals)), keep("df", degf(design)),
  keep("contrast", coef(contrasts)), keep("contrast_se", SE(contrasts))
)
for (name in c("boot", "jkn")) {
  replicated <- get(name)
  made <- withReplicates(replicated, mei)
  each <- t(apply(weights(replicated, "analysis"), 2, function(w) colSums(w * as.matrix(rows[, names]))))
  out <- rbind(
    out, keep(paste0(name, "_totals"), t(each)), keep(paste0(name, "_scale"), replicated$scale),
    keep(paste0(name, "_rscales"), rep(replicated$rscales, length.out = nrow(each))),
    keep(paste0(name, "_mei"), c(coef(made), SE(made)))
  )
}
out$value <- format(out$value, digits = 17)
write.csv(out, files[2], row.names = FALSE, quote = FALSE)
