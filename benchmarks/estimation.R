# Means of some indicators in all cells, or medians in the cells of one disaggregation: Rscript estimation.R rows.csv way names groups
suppressMessages(library(survey))
a <- commandArgs(TRUE)
rows <- read.csv(a[1])
names <- strsplit(a[3], ",")[[1]]
groups <- strsplit(a[4], ",")[[1]]
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = rows)
show <- function(y, g, cell, value, se) cat(y, g, cell, format(value, digits = 17), format(se, digits = 17), "\n")

svyby_way <- function() for (y in names) for (g in groups) {
  r <- svyby(as.formula(paste0("~", y)), as.formula(paste0("~", g)), design, svymean, na.rm = TRUE)
  for (i in seq_len(nrow(r))) show(y, g, r[i, 1], r[i, 2], r[i, 3])
}

# What a careful user of R writes: the influence of every row on every cell of an indicator as one matrix, one svyrecvar.
influence_way <- function() for (y in names) {
  known <- !is.na(rows[[y]])
  value <- ifelse(known, rows[[y]], 0)
  cells <- do.call(cbind, lapply(groups, function(g) outer(rows[[g]], 0:max(rows[[g]]), "==") * known))
  labels <- do.call(rbind, lapply(groups, function(g) data.frame(g = g, cell = 0:max(rows[[g]]))))
  below <- colSums(cells * rows$weight)
  mean <- colSums(cells * (value * rows$weight)) / below
  influence <- sweep(cells * (value - cells %*% diag(mean)), 2, below, "/") * rows$weight
  v <- svyrecvar(influence, design$cluster, design$strata, design$fpc)
  for (i in seq_along(mean)) show(y, labels$g[i], labels$cell[i], mean[i], sqrt(diag(v)[i]))
}

median_way <- function() for (y in names) for (g in groups) {
  r <- svyby(as.formula(paste0("~", y)), as.formula(paste0("~", g)), design, svyquantile, quantiles = 0.5, ci = TRUE,
             keep.var = TRUE)
  for (i in seq_len(nrow(r))) show(y, g, r[i, 1], r[i, 2], r[i, 3])
}

ways <- list(svyby = svyby_way, influence = influence_way, median = median_way)
took <- system.time(out <- capture.output(ways[[a[2]]]()))
cat(out, sep = "\n")
cat("versions", R.version.string, "survey", as.character(packageVersion("survey")), "\n")
cat("seconds", took[["elapsed"]], took[["user.self"]] + took[["sys.self"]], "\n")
