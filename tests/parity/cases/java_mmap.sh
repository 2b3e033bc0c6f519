# SPDX-License-Identifier: MIT
# about: a JVM maps files, locks them, renames them and writes them in pieces; javac and jar
# needs: java javac jar
# timeout: 300

export JAVA_TOOL_OPTIONS= _JAVA_OPTIONS=
unset JAVA_TOOL_OPTIONS _JAVA_OPTIONS
cat > P.java <<- 'EOF'
	import java.nio.ByteBuffer;
	import java.nio.channels.FileChannel;
	import java.nio.channels.FileChannel.MapMode;
	import java.nio.file.*;
	import static java.nio.file.StandardOpenOption.*;
	public class P {
		public static void main(String[] args) throws Exception {
			Path a = Path.of("a"), b = Path.of("b");
			try (var c = FileChannel.open(a, CREATE, READ, WRITE)) {
				var lock = c.lock();
				var m = c.map(MapMode.READ_WRITE, 0, 1 << 20);
				for (int i = 0; i < 1 << 18; i++)
					m.putInt(i * i);
				m.force();
				var r = ByteBuffer.allocate(8);
				c.read(r, 4000);
				System.out.println(r.getInt(0));
				lock.release();
				c.write(ByteBuffer.wrap("XYZ".getBytes()), 1 << 21);
				c.force(true);
				System.out.println(c.size());
				Files.move(a, b, StandardCopyOption.ATOMIC_MOVE);
				c.write(ByteBuffer.wrap("moved".getBytes()), 0);
			}
			Files.copy(b, a, StandardCopyOption.COPY_ATTRIBUTES);
			Files.copy(b, a, StandardCopyOption.REPLACE_EXISTING);
			try (var in = FileChannel.open(b); var out = FileChannel.open(
					Path.of("c"), CREATE_NEW, WRITE)) {
				in.transferTo(0, in.size(), out);
			}
			Files.writeString(Path.of("d"), "one\n");
			Files.writeString(Path.of("d"), "two\n", APPEND);
			Path t = Files.createTempFile(Path.of("."), "t", null);
			Files.writeString(t, "temp");
			Files.move(t, Path.of("e"), StandardCopyOption.REPLACE_EXISTING);
			try (var w = Files.newBufferedWriter(Path.of("f"))) {
				for (int i = 0; i < 10000; i++)
					w.write(i + "\n");
			}
			System.out.println(Files.mismatch(a, Path.of("c")));
		}
	}
EOF
javac P.java
jar --create --date=2020-01-02T03:04:06Z --file p.jar --main-class P P.class
java -Xshare:auto -XX:-UsePerfData -XX:+UseSerialGC -jar p.jar
jar --update --date=2020-01-02T03:04:06Z --file p.jar d
jar tf p.jar | sort
