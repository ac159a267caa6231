import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Gives the class files in jars that are from before Java 6, which the ahead-of-time cache refuses,
 * stack maps and a later version. That does not change what they do; it is mostly the command-line
 * library.
 *
 * <p>Usage: {@code java ArchivableClasses.java JAR ...}. All jars of the class path are given, as
 * stack maps need the classes' supertypes; jars in which nothing changes are left as they are.
 */
final class ArchivableClasses {
  /** The first version whose verification needs stack maps. */
  private static final int VERSION = ClassFile.JAVA_7_VERSION;

  private final ClassFile classFile;

  private ArchivableClasses(ClassLoader loader) {
    classFile =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(loader)
                    .orElse(ClassHierarchyResolver.defaultResolver())));
  }

  public static void main(String[] jars) throws IOException {
    List<URL> classPath = new ArrayList<>();
    for (String jar : jars) {
      classPath.add(Path.of(jar).toUri().toURL());
    }
    try (URLClassLoader loader = new URLClassLoader(classPath.toArray(URL[]::new))) {
      ArchivableClasses classes = new ArchivableClasses(loader);
      for (String jar : jars) {
        classes.rewrite(Path.of(jar));
      }
    }
  }

  private void rewrite(Path jar) throws IOException {
    Path rewritten = Path.of(jar + ".new");
    try (JarFile in = new JarFile(jar.toFile())) {
      Map<String, byte[]> changed = new HashMap<>();
      for (JarEntry entry : Collections.list(in.entries())) {
        if (isClass(entry.getName())) {
          byte[] bytes = in.getInputStream(entry).readAllBytes();
          byte[] archivable = archivable(bytes);
          if (archivable != bytes) {
            changed.put(entry.getName(), archivable);
          }
        }
      }
      if (changed.isEmpty()) {
        return;
      }
      try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(rewritten))) {
        for (JarEntry entry : Collections.list(in.entries())) {
          JarEntry copy = new JarEntry(entry.getName());
          copy.setLastModifiedTime(FileTime.fromMillis(entry.getTime()));
          out.putNextEntry(copy);
          byte[] bytes = changed.get(entry.getName());
          out.write(bytes == null ? in.getInputStream(entry).readAllBytes() : bytes);
          out.closeEntry();
        }
      }
    }
    Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean isClass(String name) {
    return name.endsWith(".class")
        && !name.endsWith("module-info.class")
        && !name.startsWith("META-INF/");
  }

  private byte[] archivable(byte[] bytes) {
    ClassModel model = classFile.parse(bytes);
    if (model.majorVersion() >= ClassFile.JAVA_6_VERSION) {
      return bytes;
    }
    // Stack maps are made only for code that is written anew, so write it, as it is.
    CodeTransform same = CodeBuilder::with;
    return classFile.transformClass(
        model,
        ClassTransform.transformingMethodBodies(same).andThen(ArchivableClasses::withVersion));
  }

  private static void withVersion(ClassBuilder builder, ClassElement element) {
    if (element instanceof ClassFileVersion) {
      builder.withVersion(VERSION, 0);
    } else {
      builder.with(element);
    }
  }
}
