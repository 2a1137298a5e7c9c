// The statements of an SQL file. Those within a trigger are a part of it.
exports.statementsOf = (sql) => {
  const statements = [];
  let open = '';
  for (const piece of sql.replaceAll(/^\s*--.*$/gm, '').split(/;\s*$/m)) {
    open += piece;
    if (/^\s*CREATE TRIGGER/.test(open) && !open.trimEnd().endsWith('END')) {
      open += ';';
      continue;
    }
    if (open.trim() !== '') statements.push(open);
    open = '';
  }
  return statements;
};
