import static java.lang.constant.ConstantDescs.*;

import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.ConstantValueAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
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
 * Rewrites the classes in jars so that the ahead-of-time cache takes them, which does not change
 * what they do:
 *
 * <ul>
 *   <li>Switches over patterns of classes, for which the JDK writes a class at run time that the
 *       cache cannot hold, become a static method with a chain of instanceof.
 *   <li>equals and hashCode of records, for which the JDK composes method handles at run time,
 *       become code that does the same.
 *   <li>What the annotations of the model's records say about reading and writing them, for which
 *       the JDK makes proxy classes at run time, becomes a constant (calico.model.schema.Coding).
 * </ul>
 *
 * <p>Usage: {@code java ArchivableClasses.java JAR ...}. All jars of the class path are given, as
 * stack maps need the classes' supertypes; jars in which nothing changes are left as they are.
 */
final class ArchivableClasses {
  private static final ClassDesc SWITCHES = ClassDesc.of("java.lang.runtime.SwitchBootstraps");
  private static final ClassDesc RECORDS = ClassDesc.of("java.lang.runtime.ObjectMethods");
  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");

  private static final Map<ClassDesc, ClassDesc> BOXES =
      Map.of(
          CD_boolean, CD_Boolean,
          CD_byte, CD_Byte,
          CD_short, CD_Short,
          CD_char, CD_Character,
          CD_int, CD_Integer,
          CD_long, CD_Long,
          CD_float, CD_Float,
          CD_double, CD_Double);

  private static final String MODEL = "calico.model.";
  private static final String CODING = "calico.model.schema.Coding";

  private final ClassFile classFile;
  private final ClassLoader loader;

  private ArchivableClasses(ClassLoader loader) {
    this.loader = loader;
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
    return withCoding(withoutComposing(bytes));
  }

  /** With the constant, if it is a record of the model. */
  private byte[] withCoding(byte[] bytes) {
    ClassModel model = classFile.parse(bytes);
    String name = model.thisClass().asInternalName().replace('/', '.');
    boolean isPublic = (model.flags().flagsMask() & ClassFile.ACC_PUBLIC) != 0;
    if (!isPublic
        || !name.startsWith(MODEL)
        || model.superclass().filter(c -> c.asInternalName().equals("java/lang/Record")).isEmpty()) {
      return bytes;
    }
    String text;
    try {
      Class<?> coding = loader.loadClass(CODING);
      text =
          (String) coding.getMethod("text", Class.class).invoke(null, loader.loadClass(name));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read the annotations of " + name, e);
    }
    int flags =
        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC;
    return classFile.transformClass(
        model,
        ClassTransform.endHandler(
            builder ->
                builder.withField(
                    "$coding",
                    CD_String,
                    field -> field.withFlags(flags).with(ConstantValueAttribute.of(text)))));
  }

  private byte[] withoutComposing(byte[] bytes) {
    ClassModel model = classFile.parse(bytes);
    boolean composed =
        model.methods().stream()
            .flatMap(m -> m.code().stream())
            .flatMap(code -> code.elementStream())
            .anyMatch(element -> isSwitch(element) || isRecordMethod(element));
    if (!composed) {
      return bytes;
    }
    List<Switch> found = new ArrayList<>();
    boolean isInterface = (model.flags().flagsMask() & ClassFile.ACC_INTERFACE) != 0;
    CodeTransform code =
        (builder, element) -> {
          if (isSwitch(element)) {
            InvokeDynamicInstruction call = (InvokeDynamicInstruction) element;
            Switch it =
                new Switch("$typeSwitch$" + found.size(), call.typeSymbol(), call.bootstrapArgs());
            found.add(it);
            builder.invokestatic(model.thisClass().asSymbol(), it.name, it.type, isInterface);
          } else if (isRecordMethod(element)) {
            RecordMethod.of((InvokeDynamicInstruction) element).write(builder);
          } else {
            builder.with(element);
          }
        };
    ClassTransform transform =
        ClassTransform.transformingMethodBodies(code)
            .andThen(
                ClassTransform.endHandler(
                    builder -> found.forEach(it -> it.addTo(builder, isInterface))));
    return classFile.transformClass(model, transform);
  }

  /** Whether it is a switch all of whose labels are classes. */
  private static boolean isSwitch(CodeElement element) {
    return element instanceof InvokeDynamicInstruction call
        && call.bootstrapMethod().owner().equals(SWITCHES)
        && call.bootstrapMethod().methodName().equals("typeSwitch")
        && call.bootstrapArgs().stream().allMatch(ClassDesc.class::isInstance);
  }

  private static boolean isRecordMethod(CodeElement element) {
    return element instanceof InvokeDynamicInstruction call
        && call.bootstrapMethod().owner().equals(RECORDS)
        && !call.name().equalsString("toString");
  }

  /**
   * What {@code ObjectMethods.bootstrap} makes, in the place where it is called: the record is on
   * the stack, and for equals the other object.
   */
  private record RecordMethod(ClassDesc owner, boolean equals, List<DirectMethodHandleDesc> getters) {
    static RecordMethod of(InvokeDynamicInstruction call) {
      List<ConstantDesc> arguments = call.bootstrapArgs();
      return new RecordMethod(
          (ClassDesc) arguments.getFirst(),
          call.name().equalsString("equals"),
          arguments.subList(2, arguments.size()).stream()
              .map(DirectMethodHandleDesc.class::cast)
              .toList());
    }

    void write(CodeBuilder code) {
      if (equals) {
        writeEquals(code);
      } else {
        writeHashCode(code);
      }
    }

    private void writeHashCode(CodeBuilder code) {
      int self = code.allocateLocal(TypeKind.REFERENCE);
      code.astore(self).iconst_0();
      for (DirectMethodHandleDesc getter : getters) {
        ClassDesc type = get(code.bipush(31).imul(), self, getter);
        if (type.isPrimitive()) {
          ClassDesc box = BOXES.get(type);
          code.invokestatic(box, "hashCode", MethodTypeDesc.of(CD_int, type));
        } else {
          code.invokestatic(OBJECTS, "hashCode", MethodTypeDesc.of(CD_int, CD_Object));
        }
        code.iadd();
      }
    }

    private void writeEquals(CodeBuilder code) {
      int other = code.allocateLocal(TypeKind.REFERENCE);
      int self = code.allocateLocal(TypeKind.REFERENCE);
      Label different = code.newLabel();
      Label end = code.newLabel();
      code.astore(other).astore(self).aload(other).instanceOf(owner).ifeq(different);
      code.aload(other).checkcast(owner).astore(other);
      for (DirectMethodHandleDesc getter : getters) {
        ClassDesc type = get(code, self, getter);
        get(code, other, getter);
        if (type.isPrimitive()) {
          MethodTypeDesc compare = MethodTypeDesc.of(CD_int, type, type);
          code.invokestatic(BOXES.get(type), "compare", compare).ifne(different);
        } else {
          MethodTypeDesc equal = MethodTypeDesc.of(CD_boolean, CD_Object, CD_Object);
          code.invokestatic(OBJECTS, "equals", equal).ifeq(different);
        }
      }
      code.iconst_1().goto_(end).labelBinding(different).iconst_0().labelBinding(end);
    }

    /** Reads a field onto the stack; returns its type. */
    private ClassDesc get(CodeBuilder code, int local, DirectMethodHandleDesc getter) {
      ClassDesc type = getter.invocationType().returnType();
      code.aload(local).getfield(owner, getter.methodName(), type);
      return type;
    }
  }

  /**
   * What {@code SwitchBootstraps.typeSwitch} does for an object and the label to start from: the
   * first label that matches, their number if none does, -1 for null.
   */
  private record Switch(String name, MethodTypeDesc type, List<ConstantDesc> labels) {
    void addTo(ClassBuilder builder, boolean isInterface) {
      int access = isInterface ? ClassFile.ACC_PUBLIC : ClassFile.ACC_PRIVATE;
      builder.withMethodBody(
          name, type, access | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC, this::write);
    }

    private void write(CodeBuilder code) {
      Label present = code.newLabel();
      code.aload(0).ifnonnull(present).iconst_m1().ireturn().labelBinding(present);
      for (int i = 0; i < labels.size(); i++) {
        Label next = code.newLabel();
        code.iload(1).loadConstant(i).if_icmpgt(next);
        code.aload(0).instanceOf((ClassDesc) labels.get(i)).ifeq(next);
        code.loadConstant(i).ireturn().labelBinding(next);
      }
      code.loadConstant(labels.size()).ireturn();
    }
  }
}
