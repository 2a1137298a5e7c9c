/** Jest looks at one test file only, where the runner names one. */
module.exports = (paths) => {
  const file = process.env.OFFPEAK_MUTANT_TEST_FILE;
  return { filtered: file ? paths.filter((path) => path === file) : paths };
};
