# Tests and regressions of R survey on the synthetic survey of tests/estimate/synthetic.py.
#   python -m tests.estimate.record_r        writes the rows, runs this script, keeps its output beside it
# usage: Rscript record_models.R rows.csv results.csv
suppressMessages(library(survey))
files <- commandArgs(TRUE)
rows <- read.csv(files[1])
rows$one_psu <- rows$stratum * 1000 + rows$psu
rows$home <- rows$one_psu * 100 + rows$household
rows$homes <- ave(rows$home, rows$one_psu, FUN = function(h) 2 * length(unique(h)) + 3)
rows$band <- cut(rows$age, c(-1, 14, 29, 59, 200), labels = c("0-14", "15-29", "30-59", "60+"))
rows$moved3 <- rows$moved * (1 + (rows$age < 30))
several <- subset(rows, stratum != 9)
options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = FALSE)
results <- list()
keep <- function(design, what, model, term, value, se = NA, df1 = NA, df2 = NA, p = NA)
  results[[length(results) + 1]] <<- data.frame(design, what, model, term, value, se, df1, df2, p)

designs <- list(
  taylor = svydesign(~one_psu, strata = ~stratum, weights = ~weight, data = several),
  fpc = svydesign(~one_psu, strata = ~stratum, weights = ~weight, fpc = ~population_psus, data = several),
  two_stages = svydesign(~one_psu + home, strata = ~stratum, weights = ~weight, fpc = ~population_psus + homes, data = several),
  lonely_adjust = svydesign(~one_psu, strata = ~stratum, weights = ~weight, data = rows),
  jkn = as.svrepdesign(svydesign(~one_psu, strata = ~stratum, weights = ~weight, data = several), type = "JKn", mse = TRUE))
models <- list(
  logistic = list(formula = moved ~ sex + band + income, family = quasibinomial()),
  poisson = list(formula = moved3 ~ sex + age, family = quasipoisson()),
  linear = list(formula = income ~ band + sex + moved, family = gaussian()))
exact <- glm.control(epsilon = 1e-14, maxit = 100)  # R stops early otherwise

for (name in names(designs)) for (kind in names(models)) {
  d <- subset(designs[[name]], age >= 10)
  replicated <- inherits(d, "svyrep.design")
  given <- models[[kind]]
  m <- svyglm(given$formula, d, family = given$family, control = exact)
  s <- coef(summary(m))
  for (term in rownames(s))
    keep(name, "coefficient", kind, term, s[term, 1], s[term, 2], df2 = m$df.residual, p = s[term, 4])
  for (term in attr(terms(given$formula), "term.labels")) {
    w <- regTermTest(m, as.formula(paste("~", term)))
    keep(name, "term", kind, term, c(w$Ftest), df1 = w$df, df2 = w$ddf, p = c(w$p))
  }
  # average marginal effects by definition, from fitted means of changed records
  effects_of <- function(b, x, w) {
    mu <- function(x) given$family$linkinv(c(x %*% b))
    out <- c()
    for (k in 2:ncol(x)) {
      column <- colnames(x)[k]
      if (grepl("^(sex|band)", column)) {
        low <- x; low[, grepl(substr(column, 1, 3), colnames(x))] <- 0
        high <- low; high[, column] <- 1
        out <- c(out, sum(w * (mu(high) - mu(low))) / sum(w))
      } else out <- c(out, b[k] * sum(w * given$family$mu.eta(c(x %*% b))) / sum(w))
    }
    out
  }
  x <- model.matrix(m)
  w <- if (replicated) m$survey.design$pweights else weights(m$survey.design)
  b <- coef(m)
  if (!replicated && length(w) != nrow(x)) w <- w[as.numeric(rownames(x))]
  ame <- effects_of(b, x, w)
  gradient <- sapply(seq_along(b), function(k) {
    h <- 1e-3 * max(abs(b[k]), sqrt(vcov(m)[k, k]))
    at <- function(t) { moved <- b; moved[k] <- moved[k] + t * h; effects_of(moved, x, w) }
    (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
  })
  if (!replicated)
    fixed <- sqrt(diag(gradient %*% vcov(m) %*% t(gradient)))
  else
    fixed <- rep(NA, length(ame))
  for (k in seq_along(ame)) keep(name, "ame fixed", kind, colnames(x)[k + 1], ame[k], fixed[k])
  if (replicated) {
    found <- withReplicates(m$survey.design, function(w, data) {
      # a replicate's fit and its effects, both by its own weights
      data$.w <- w / mean(w)
      g <- glm(given$formula, data = data, weights = .w, family = given$family, control = exact, start = b)
      effects_of(coef(g), model.matrix(g), w)
    })
    for (k in seq_along(ame)) keep(name, "ame sampled", kind, colnames(x)[k + 1], coef(found)[k], SE(found)[k])
  }
}
for (name in names(designs)) {
  d <- subset(designs[[name]], age >= 10)
  for (pair in c("moved + sex", "region + moved", "band + region")) for (how in c("F", "Chisq", "Wald", "adjWald", "saddlepoint")) {
    whole <- subset(d, complete.cases(model.frame(d)[, strsplit(pair, " \\+ ")[[1]]]))
    whole <- if (inherits(whole, "svyrep.design")) whole else subset(whole, weights(whole) > 0)
    # survey 4.1-1 centres totals of lonely psus at 0 under "adjust"; 4.3 and later as documented
    if (name == "lonely_adjust" && how %in% c("Wald", "adjWald")) next
    v <- svychisq(as.formula(paste("~", pair)), whole, statistic = how)
    keep(name, paste("independence", how), pair, "", v$statistic[[1]], df1 = if (is.null(v$parameter)) NA else v$parameter[[1]],
         df2 = if (length(v$parameter) > 1) v$parameter[[2]] else NA, p = c(v$p.value))
  }
  if (inherits(d, "svyrep.design")) next
  for (test in c("wilcoxon", "vanderWaerden", "median")) for (group in c("sex", "band")) {
    v <- svyranktest(as.formula(paste("income ~", group)), subset(d, weights(d) > 0), test = test)
    if (group == "sex") keep(name, paste("rank", test), group, "", v$statistic[[1]], df2 = v$parameter[[1]], p = c(v$p.value))
    else keep(name, paste("rank", test), group, "", c(v$parameter) / v$statistic[[1]], df1 = v$statistic[[1]], df2 = v$ddf, p = c(v$p.value))
  }
}
options(digits = 17)
write.csv(format(do.call(rbind, results), digits = 17, trim = TRUE), files[2], row.names = FALSE, quote = FALSE)
