import assert from 'node:assert/strict';
import {test} from 'node:test';
import {embedJsonText, embedScript, html} from '#tfpipe/report/html.js';

test('values are escaped, HTML made by `html` is not, lists are joined, nothing is nothing', () => {
  const item = (text: string) => html`<li>${text}</li>`;
  const made = html`<ul title="${'"><script>'}">${['a&b', "c'd"].map(item)}${undefined}${false}${0}</ul>`;
  assert.equal(made.text, '<ul title="&#34;&#62;&#60;script&#62;"><li>a&#38;b</li><li>c&#39;d</li>0</ul>');
});

test('embedded JSON and scripts cannot end their element', () => {
  const data = {text: '</script><img src=x onerror=alert(1)><!--'};
  const embedded = embedJsonText(JSON.stringify(data)).text;
  assert.ok(!embedded.includes('<'));
  assert.deepEqual(JSON.parse(embedded), data);
  assert.equal(embedScript('a("</script>"); b("<!--")').text, 'a("<\\/script>"); b("<\\!--")');
});
