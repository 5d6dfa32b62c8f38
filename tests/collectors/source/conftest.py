"""What is shown to the source collector is no test."""

collect_ignore = ["examples"]
