import { render } from 'preact';
import { App } from './draw/app.tsx';
import { applyTheme, themeNow } from './draw/theme.ts';
import './styles/base.css';
import './styles/story.css';
import './styles/board.css';

applyTheme(themeNow());
const root = document.getElementById('app');
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
