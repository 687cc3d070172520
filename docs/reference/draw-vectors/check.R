# Draw every example of draw-vectors.json again, with R and the packages digest and jsonlite.
sha <- function(...) digest::digest(paste(c(...), collapse = "|"), algo = "sha256", serialize = FALSE)
rank_of <- function(head, units) units[order(vapply(units, function(u) sha(head, u), ""), method = "radix")]
modulo <- function(hex, limit) Reduce(function(rest, digit) (rest * 16 + digit) %% limit, strtoi(strsplit(hex, "")[[1]], 16), 0)
steps <- function(units, take, policy, rounds) { # the pools in turn, and how many are taken from each
  take <- min(take, length(units)); taken <- 0; found <- list(); seen <- character()
  if (policy == "cycle" && take < length(units)) {
    for (drawn in rounds) seen <- if (all(setdiff(units, seen) %in% drawn)) intersect(drawn, seen) else union(seen, drawn)
    left <- setdiff(units, seen); taken <- min(take, length(left)); found <- list(list(left, taken))
  } else if (startsWith(policy, "within") && take < length(units)) {
    last <- vapply(units, function(u) max(0, which(vapply(rounds, function(r) u %in% r, NA))), 0)
    due <- pmax(as.numeric(gsub("\\D", "", policy)) - length(rounds) + last, 1)
    for (day in sort(unique(due))) {
      pool <- units[due <= day]; must <- length(pool) - take * (day - 1)
      if (must > taken) { found <- c(found, list(list(pool, must - taken))); taken <- must } } }
  c(found, list(list(units, take - taken)))
}
by_size <- function(head, line, take, sizes) { # on a line in order of tickets; the too large come first
  own <- unlist(sizes[line]); total <- sum(own); sure <- line[take * own >= total]; drawn <- character()
  if (length(sure)) return(c(sure, by_size(head, setdiff(line, sure), take - length(sure), sizes)))
  mark <- if (take) modulo(sha(head, "*"), total) else Inf # past the highest tickets: "*/2" ...
  for (n in seq_along(line)) if (mark < sum(take * own[1:n])) { drawn <- c(drawn, line[n]); mark <- mark + total }
  drawn
}
places <- function(one, head) { # digits: of the codes of the strata, and of the units of each stage
  found <- list(); inside <- unique(substr(one$frame, 1, one$digits[[1]]))
  for (stage in seq_len(length(one$digits) - 1)) {
    for (stratum in inside) {
      codes <- Filter(function(c) startsWith(c, stratum) && !identical(one$sizes[[c]], 0L), unlist(one$frame))
      units <- sort(unique(substr(codes, 1, one$digits[[stage + 1]]))); n <- 0; picks <- character()
      for (step in steps(units, one$take, if (stage == 1) one$coverage else "independent", one$rounds)) {
        n <- n + 1; here <- c(head, if (n > 1) paste0(stratum, "/", n) else stratum); ranked <- rank_of(here, setdiff(step[[1]], picks))
        picks <- c(picks, if (length(one$sizes)) intersect(ranked, by_size(here, ranked, step[[2]], one$sizes)) else ranked[seq_len(step[[2]])]) }
      found[[stratum]] <- picks
    }
    inside <- unlist(found[inside])
  }
  found
}
teams <- function(one, head) {
  meet <- function(areas, place) any(startsWith(areas, place) | startsWith(rep(place, length(areas)), areas))
  able <- function(p) Filter(function(i) !meet(i$home, substr(p, 1, 6)) && !meet(as.character(unlist(i$areas)), p), one$inspectors)
  free <- sapply(unlist(one$places), function(p) rank_of(c(head, p), vapply(able(p), `[[`, "", "id")), simplify = FALSE)
  tried <- function(team, p, more, cap) { # the teams with one more, if all can be filled after that
    row <- team; row[[p]] <- c(team[[p]], more); short <- names(free)[lengths(row[names(free)]) < one$size]
    if (length(row[[p]]) > one$size || any(more %in% team[[p]]) || any(table(unlist(row)) > cap)) return(NULL)
    for (i in if (length(short)) free[[short[1]]]) if (!is.null(tried(row, short[1], i, cap))) return(row)
    if (!length(short)) row
  }
  team <- lapply(free, function(p) character()); cap <- Position(function(n) !is.null(tried(team, names(free)[1], NULL, n)), 1:99)
  for (p in rank_of(c(head, "*"), names(free))) for (i in free[[p]]) { new <- tried(team, p, i, cap); if (!is.null(new)) team <- new }
  team
}
given <- jsonlite::fromJSON(commandArgs(TRUE)[1], simplifyVector = FALSE)
for (one in given$seeds) stopifnot(sha("antipoverty-notice/1", one$notice, one$plan, unlist(one$results)) == one$seed)
for (one in c(given$draws, given$teams)) {
  redrawn <- (if (is.null(one$inspectors)) places else teams)(one, c(given$algorithm, unlist(one$head)))
  if (!identical(redrawn[order(names(redrawn))], lapply(one$drawn[order(names(one$drawn))], unlist))) stop(one$name)
}
cat("ok\n")
