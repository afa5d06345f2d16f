# Weights and standard errors of the synthetic survey of tests/weight/survey.py by R survey.
# Rscript record_steps.R households.csv totals.csv weights.csv figures.csv
suppressMessages(library(survey))
args <- commandArgs(TRUE)
d <- read.csv(args[1])
out <- data.frame(name = character(), value = double(), se = double())
add <- function(name, value, se = NA) out[nrow(out) + 1, ] <<- list(name, value, se)

# unknown eligibility by region, then only the eligible
d$w1 <- ave(seq_len(nrow(d)), d$REG, FUN = function(i) {
  d$HW[i] * sum(d$HW[i]) / sum(d$HW[i][d$RES[i] != 6])
})
e <- d[d$RES <= 4, ]
e$y <- as.numeric(e$RES <= 2)

# propensity: survey-weighted logistic regression
des <- svydesign(~PSU, strata = ~STR, weights = ~w1, data = e)
fit <- svyglm(y ~ factor(REG) + factor(AREA) + factor(VIS), des, family = quasibinomial(),
              control = glm.control(epsilon = 1e-14, maxit = 100))
for (k in seq_along(coef(fit))) add(paste0("propensity ", k), coef(fit)[[k]])
e$p <- fitted(fit)

# weighting classes: respondents poststratified to the eligible of their class
r <- e[e$y == 1, ]
known <- aggregate(w1 ~ REG + AREA, e, sum)
names(known)[3] <- "Freq"
resp <- svydesign(~PSU, strata = ~STR, weights = ~w1, data = r)
ps <- postStratify(resp, ~ REG + AREA, known)
r$class <- weights(ps)

# totals of households and of members met by one weight a household
t <- read.csv(args[2])
des <- svydesign(~PSU, strata = ~STR, weights = ~class, data = r)
f <- as.formula(paste("~ -1 +", paste(t$column, collapse = " + ")))
totals <- setNames(t$total, t$column)
for (method in c("raking", "linear")) {
  cal <- calibrate(des, f, population = totals, calfun = method, epsilon = 1e-13, maxit = 200)
  r[[method]] <- weights(cal)
  m <- svymean(~members, cal); add(paste(method, "size"), coef(m)[[1]], SE(m)[[1]])
  q <- svyratio(~workers, ~older, cal); add(paste(method, "at work"), coef(q)[[1]], SE(q)[[1]])
  s <- svytotal(~workers, cal); add(paste(method, "workers"), coef(s)[[1]], SE(s)[[1]])
}
write.csv(format(r[, c("HH", "p", "class", "raking", "linear")], digits = 15), args[3], row.names = FALSE, quote = FALSE)
write.csv(format(out, digits = 15), args[4], row.names = FALSE, quote = FALSE)
