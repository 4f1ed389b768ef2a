// A program as one line, for tests that compare programs.

import type { Code, Node, Stmt } from '../../../lang/nodes.ts';
import { conditionText } from '../../condition-text.ts';

/** `lock[no ptl]{ptl=me} if x{f()}` */
export function textOf(codes: readonly Code[]): string {
  return codes.map(oneText).join(' ');
}

function oneText(code: Code): string {
  switch (code.op) {
    case 'step': {
      const { when, among, label, body } = code;
      const waits = [when, among].filter((one) => one !== undefined).map(conditionText);
      return `${label}${waits.map((one) => `[${one}]`).join('')}{${stmtsText(body)}}`;
    }
    case 'branch': {
      const other = code.otherwise.length === 0 ? '' : `else{${textOf(code.otherwise)}}`;
      return `if ${conditionText(code.cond)}{${textOf(code.holds)}}${other}`;
    }
    case 'while':
      return `while ${conditionText(code.cond)}{${textOf(code.body)}}`;
    case 'block':
      return `${code.label}:{${textOf(code.body)}}`;
    case 'call':
      return `${code.path.name}()`;
    case 'let':
      return `${code.target.local.name}=${conditionText(code.value)}`;
    case 'go':
      return `${code.mode} ${code.label}`;
  }
}

function stmtsText(stmts: readonly Stmt[]): string {
  return stmts.map(stmtText).join('; ');
}

function stmtText(stmt: Stmt): string {
  switch (stmt.op) {
    case 'assign':
      return `${targetText(stmt.target)}=${conditionText(stmt.value)}`;
    case 'if':
      return `if ${conditionText(stmt.cond)}{${stmtsText(stmt.holds)}}`;
    case 'each':
      return `each ${stmt.bound.of}{${stmtsText(stmt.body)}}`;
    case 'emit':
      return stmt.event;
    case 'report':
      return stmt.id;
    case 'go':
      return `${stmt.mode} ${stmt.label}`;
  }
}

function targetText(target: Extract<Node, { op: 'cell' | 'local' }>): string {
  return target.op === 'cell' ? target.cell.name : target.local.name;
}
