# SPDX-License-Identifier: MIT
# about: node: streams, pipes, rename, appendFile, cp, rm, truncate, positioned writes, symlinks
# needs: node

cat > p.mjs <<- 'EOF'
	import * as fs from 'node:fs';
	import { pipeline } from 'node:stream/promises';
	import * as zlib from 'node:zlib';
	const p = fs.promises;
	const out = fs.createWriteStream('a');
	for (let i = 0; i < 20000; i++)
		if (!out.write(i + '\n'))
			await new Promise(done => out.once('drain', done));
	await new Promise(done => out.end(done));
	await pipeline(fs.createReadStream('a'), fs.createWriteStream('a.tmp'));
	await p.rename('a.tmp', 'b');
	await pipeline(fs.createReadStream('a'), zlib.createGzip(),
		fs.createWriteStream('a.gz'));
	await pipeline(fs.createReadStream('a.gz'), zlib.createGunzip(),
		fs.createWriteStream('c', { flags: 'w', mode: 0o600 }));
	await Promise.all(Array.from({ length: 50 }, async (_, i) => {
		await p.writeFile('f' + i + '.tmp', String(i).repeat(1000));
		await p.rename('f' + i + '.tmp', 'f' + i);
	}));
	for (let i = 0; i < 50; i++)
		await p.appendFile('log', i + '\n');
	const f = await p.open('b', 'r+');
	await f.write('XYZ', 100);
	await f.truncate(5000);
	await f.sync();
	console.log((await f.stat()).size);
	await f.close();
	await pipeline(fs.createReadStream('c', { start: 10, end: 99 }),
		fs.createWriteStream('b', { flags: 'r+', start: 200 }));
	await p.cp('f1', 'g/h/f1');
	await p.cp('g', 'g2', { recursive: true });
	await p.symlink('f2', 'link');
	await p.copyFile('f3', 'f4', fs.constants.COPYFILE_FICLONE);
	await p.copyFile('f3', 'f4', fs.constants.COPYFILE_EXCL).catch(e => console.log(e.code));
	await p.rm('g', { recursive: true });
	fs.writeFileSync('sync', 'one');
	fs.appendFileSync('sync', 'two');
	fs.renameSync('sync', 'sync2');
	console.log(fs.readFileSync('sync2', 'utf8'), fs.existsSync('sync'));
	await p.writeFile('x', 'x', { flag: 'wx' });
	await p.writeFile('x', 'y', { flag: 'wx' }).catch(e => console.log(e.code));
	console.log((await p.readdir('.', { recursive: true })).sort().length);
EOF
node p.mjs
