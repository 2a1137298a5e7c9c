// What is tested is the text: jest sets `FORCE_COLOR` for its workers wherever it is itself shown on a terminal.
process.env['NO_COLOR'] = '1';
