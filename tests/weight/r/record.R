# Calibrated and trimmed weights of R survey, and estimates with them, on the synthetic survey of tests/estimate/synthetic.py.
#   python -m tests.weight.record_r        writes the rows, runs this script, keeps its output beside it
# usage: Rscript record.R rows.csv estimates.csv weights.csv
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- subset(read.csv(files[1]), weight > 0)
rows$whole <- "whole"
rows$one_psu <- rows$stratum * 1000 + rows$psu
rows$home <- rows$one_psu * 100 + rows$household
rows$homes <- ave(rows$home, rows$one_psu, FUN = function(h) 2 * length(unique(h)) + 3)
rows$band <- cut(rows$age, c(-1, 14, 29, 59, 200), labels = c("0-14", "15-29", "30-59", "60+"))
rows$area <- ifelse(rows$region == "islet", "south", rows$region)  # nobody is calibrated on one psu
several <- subset(rows, stratum != 9)
two <- subset(several, psu <= 2)
options(survey.lonely.psu = "remove", survey.adjust.domain.lonely = FALSE)
tight <- list(epsilon = 1e-13, maxit = 200)

# Totals to be met: those of the sample, changed by fixed factors, margins brought to one sum.
changed <- function(data, name, factors) {
  t <- xtabs(weight ~ x, data.frame(weight = data$weight, x = data[[name]])) * factors
  t / sum(t) * 1.04 * sum(data$weight)
}
targets <- function(data) {
  area <- changed(data, "area", c(1.1, 0.95, 1.02))
  sex <- changed(data, "sex", c(1.03, 0.98))
  band <- changed(data, "band", c(1.2, 0.9, 1, 1.05))
  both <- xtabs(weight ~ area + sex, data) * c(1.1, 0.95, 1.02, 0.93, 1.04, 0.99)
  list(area = area, sex = sex, band = band, both = both / sum(both) * 1.04 * sum(data$weight),
       linear = c(`(Intercept)` = sum(area), areanorth = area[["north"]], areasouth = area[["south"]],
                  sexmale = sex[["male"]], age = 1.06 * sum(data$weight * data$age)))
}
freq <- function(table, name) setNames(as.data.frame(table), c(name, "Freq"))
taylor <- function(data) svydesign(~one_psu, strata = ~stratum, weights = ~weight, data = data)
fpc <- function(data) svydesign(~one_psu, strata = ~stratum, weights = ~weight, fpc = ~population_psus, data = data)
stages <- function(data) svydesign(~one_psu + home, strata = ~stratum, weights = ~weight, fpc = ~population_psus + homes, data = data)
jkn <- function(data) as.svrepdesign(taylor(data), type = "JKn", mse = TRUE)
brr <- function(data) as.svrepdesign(taylor(data), type = "BRR", mse = TRUE)
formula <- ~area + sex + age
to <- function(design, ...) {
  t <- targets(design$variables)
  calibrate(design, formula, t$linear, ...)
}
poststratified <- function(design) {
  b <- as.data.frame(targets(design$variables)$both)
  postStratify(design, ~area + sex, setNames(b, c("area", "sex", "Freq")))
}
raked <- function(design) {
  t <- targets(design$variables)
  rake(design, list(~area, ~sex, ~band), list(freq(t$area, "area"), freq(t$sex, "sex"), freq(t$band, "band")), control = tight)
}
designs <- list(
  linear = to(taylor(several)),
  raking = to(taylor(several), calfun = "raking", epsilon = 1e-13),
  logit = to(taylor(several), calfun = "logit", bounds = c(0.6, 1.7), epsilon = 1e-13),
  bounded = to(taylor(several), bounds = c(0.93, 1.22), epsilon = 1e-13),
  variance = calibrate(taylor(several), ~age - 1, c(age = targets(several)$linear[["age"]]), variance = pmax(several$age, 1)),
  poststratified = poststratified(fpc(several)),
  raked = raked(taylor(several)),
  integrative = to(stages(several), aggregate.stage = 2),
  integrative_raking = to(svydesign(~one_psu + home, strata = ~stratum, weights = ~weight, data = several),
                          aggregate.stage = 2, calfun = "raking", epsilon = 1e-13),
  fpc = to(fpc(several)),
  two_stages = to(stages(several)),
  lonely_remove = to(taylor(rows)),
  lonely_average = to(taylor(rows)),
  jkn = to(jkn(several)),
  jkn_raking = to(jkn(several), calfun = "raking", epsilon = 1e-13),
  jkn_poststratified = poststratified(jkn(several)),
  jkn_raked = raked(jkn(several)),
  brr = to(brr(two)))
one <- function(name, kind, y, x, domain, cell) {
  options(survey.lonely.psu = if (name == "lonely_average") "average" else "remove")
  design <- designs[[name]]
  data <- design$variables
  part <- subset(design, data[[domain]] == cell)
  yf <- as.formula(paste0("~", y))
  r <- switch(kind, ratio = svyratio(yf, as.formula(paste0("~", x)), part, na.rm = TRUE),
              total = svytotal(yf, part, na.rm = TRUE), svymean(yf, part, na.rm = TRUE))
  data.frame(design = name, kind, y, x, domain, cell, value = unname(coef(r)), se = c(SE(r)))
}
things <- list(c("proportion", "moved", ""), c("mean", "income", ""), c("total", "income", ""),
               c("ratio", "remittance", "income"))
results <- list()
for (name in names(designs)) for (thing in things) for (domain in c("whole", "region", "sex")) {
  if (name == "brr" && thing[1] != "total") next  # R's matrix is another: only totals, which balance alike, are compared
  for (cell in sort(unique(designs[[name]]$variables[[domain]])))
    results[[length(results) + 1]] <- one(name, thing[1], thing[2], thing[3], domain, cell)
}
options(survey.lonely.psu = "remove")
for (name in c("linear", "raking", "poststratified", "two_stages", "jkn")) {
  m <- svyglm(moved ~ sex + age, designs[[name]], family = quasibinomial(), control = glm.control(epsilon = 1e-14, maxit = 100))
  for (term in names(coef(m)))
    results[[length(results) + 1]] <- data.frame(design = name, kind = "glm", y = "moved", x = term, domain = "whole", cell = "whole",
                                                value = unname(coef(m)[term]), se = unname(SE(m)[term]))
  test <- svychisq(~moved + sex, designs[[name]], na.rm = TRUE)
  results[[length(results) + 1]] <- data.frame(design = name, kind = "chisq", y = "moved", x = "sex", domain = "whole", cell = "whole",
                                               value = unname(test$statistic), se = test$p.value)
}
out <- do.call(rbind, results)
for (column in c("value", "se")) out[[column]] <- formatC(out[[column]], digits = 17, format = "g")
write.csv(out, files[2], row.names = FALSE, quote = FALSE)

# Weights of every seventh row, and trimmed ones.
some <- seq(1, nrow(rows), by = 7)
kept <- list()
for (name in names(designs)) {
  w <- weights(designs[[name]], "sampling")
  positions <- match(rownames(rows)[some], rownames(designs[[name]]$variables))
  good <- !is.na(positions)
  kept[[name]] <- data.frame(what = name, row = some[good] - 1, weight = w[positions[good]])
}
plain <- taylor(rows)
cut <- list(trim = trimWeights(plain, upper = 160, lower = 40), trim_strict = trimWeights(plain, upper = 160, lower = 40, strict = TRUE))
for (name in names(cut)) kept[[name]] <- data.frame(what = name, row = some - 1, weight = weights(cut[[name]])[some])
kept <- do.call(rbind, kept)
kept$weight <- formatC(kept$weight, digits = 17, format = "g")
write.csv(kept, files[3], row.names = FALSE, quote = FALSE)
