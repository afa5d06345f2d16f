# Results of base R (and MASS) on the inputs of tests/demography/record_r.py: name, place, value.
args <- commandArgs(TRUE)
given <- read.csv(args[1])
take <- function(name) given$value[given$name == name]
out <- list()
keep <- function(name, values) {
  values <- as.numeric(values)
  out[[length(out) + 1]] <<- data.frame(name = name, place = seq_along(values) - 1, value = values)
}

# Iterative proportional fitting in three ways; R's arrays run over the first axis first, so axes are reversed.
truth <- array(take("truth"), c(4, 3, 2))
seed <- array(take("seed"), c(4, 3, 2))
fitted <- loglin(truth, list(c(1, 2), c(1, 3), c(2, 3)), start = seed, fit = TRUE, eps = 1e-12, iter = 10000, print = FALSE)
keep("three ways", fitted$fit)

# Rogers-Castro, seven parameters: least squares, and Poisson likelihood.
x <- take("age"); m <- take("rate"); people <- take("people"); events <- take("events")
curve7 <- function(p) p[1] * exp(-p[2] * x) + p[3] * exp(-p[4] * (x - p[5]) - exp(-p[6] * (x - p[5]))) + p[7]
start <- list(a1 = .02, l1 = .1, a2 = .06, l2 = .1, mu = 20, k = .4, c = .003)
fit <- nls(m ~ a1 * exp(-l1 * x) + a2 * exp(-l2 * (x - mu) - exp(-k * (x - mu))) + c, start = start,
           control = nls.control(tol = 1e-7, minFactor = 1e-12, maxiter = 500))
keep("schedule", coef(fit))
keep("schedule se", sqrt(diag(vcov(fit))))
lost <- function(q) { mu <- people * curve7(exp(q)); -sum(dpois(events, mu, log = TRUE)) }
best <- optim(log(unlist(start)), lost, method = "BFGS", control = list(reltol = 1e-15, maxit = 5000))
best <- optim(best$par, lost, method = "BFGS", control = list(reltol = 1e-15, maxit = 5000))
keep("schedule likelihood", -best$value)

# Log-linear models of three lists.
lists <- data.frame(a = c(1, 1, 1, 1, 0, 0, 0), b = c(1, 1, 0, 0, 1, 1, 0), c = c(1, 0, 1, 0, 1, 0, 1), f = take("lists"))
for (model in c("f ~ a + b + c", "f ~ a * b + c", "f ~ a * b + b * c")) {
  g <- glm(as.formula(model), poisson, lists, control = glm.control(epsilon = 1e-14, maxit = 100))
  unseen <- exp(coef(g)[[1]])
  keep(model, c(sum(lists$f) + unseen, sqrt(unseen + unseen^2 * vcov(g)[1, 1]), deviance(g), AIC(g)))
}

# Repeated contacts with a covariate: truncated Poisson by its likelihood, Zelterman by logistic regression.
y <- take("contacts"); z <- take("covariate"); w <- take("persons")
truncated <- function(b) { l <- exp(b[1] + b[2] * z); -sum(w * (dpois(y, l, log = TRUE) - log(-expm1(-l)))) }
ztp <- optim(c(-1, 0), truncated, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-16))
l <- exp(ztp$par[1] + ztp$par[2] * z)
keep("truncated poisson", c(sum(w / -expm1(-l)), -ztp$value))
few <- y <= 2
logit <- glm((y == 2) ~ z, binomial, weights = w, subset = few, control = glm.control(epsilon = 1e-14))
keep("zelterman", c(coef(logit), sqrt(diag(vcov(logit)))))
keep("zelterman persons", sum(w / -expm1(-2 * exp(coef(logit)[1] + coef(logit)[2] * z))))

# Reference population at a given gamma: least squares with HC3, Poisson, negative binomial.
total <- take("registered"); known <- take("known"); seen <- take("seen")
u <- log(total); v <- log(0.02 + known / total)
hc3 <- function(g, r) { X <- model.matrix(g) * sqrt(weights(g, "working")); B <- solve(crossprod(X)); B %*% crossprod(X * r / (1 - hatvalues(g))) %*% B }
ols <- lm(log(seen + any(seen == 0)) ~ 0 + u + v)
X <- model.matrix(ols); B <- solve(crossprod(X))
keep("least squares", coef(ols))
keep("least squares hc3", B %*% crossprod(X * residuals(ols) / (1 - hatvalues(ols))) %*% B)
pois <- glm(seen ~ 0 + u + v, poisson, control = glm.control(epsilon = 1e-14, maxit = 100))
keep("poisson", coef(pois))
keep("poisson hc3", hc3(pois, residuals(pois, "pearson")))
nb <- MASS::glm.nb(seen ~ 0 + u + v, control = glm.control(epsilon = 1e-10, maxit = 500))
keep("negative binomial", c(coef(nb), nb$theta, logLik(nb)))

write.csv(format(do.call(rbind, out), digits = 17, trim = TRUE), args[2], row.names = FALSE, quote = TRUE)
